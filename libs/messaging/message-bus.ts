/**
 * Topics, as Pulsar has them: every subscription of a topic gets every message, at least once, those of one key in order.
 * Outside consumers are told apart by the name of their subscription, which remembers where it is while nobody listens.
 */
export interface MessageBus {
  /**
   * Resolves when the bus has the message. The topic drops a sequence id that is not above its last one: publishing again
   * after a failure is safe, as long as it is done in order, one at a time.
   */
  publish(message: OutgoingMessage): Promise<void>;
  /**
   * A new subscription begins with the next message published. Several consumers may share one: those of a key go to one
   * of them. A message whose handler rejects comes again; after `deliveriesMax` times it goes to the topic
   * `deadLetterTopic(topic, subscription)`, and the subscription goes on.
   */
  subscribe(
    topic: string,
    subscription: string,
    handler: MessageHandler,
    options?: SubscribeOptions,
  ): Promise<Consumer>;
  /** Waits for handlers in flight. */
  close(): Promise<void>;
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly key: string;
  /** positive; increases within a topic */
  readonly sequenceId: bigint;
  /** JSON */
  readonly payload: string;
}

export interface ReceivedMessage extends OutgoingMessage {
  /** 1 at first */
  readonly delivery: number;
}

/** Resolves when the message is dealt with and need not come again. */
export type MessageHandler = (message: ReceivedMessage) => Promise<void>;

export interface SubscribeOptions {
  /** default 5 */
  readonly deliveriesMax?: number;
  /** wait before the second delivery, doubled for each further one; default 100 */
  readonly redeliveryMs?: number;
}

export interface Consumer {
  /** Waits for the handler in flight; what it did not take stays for the next consumer of the subscription. */
  close(): Promise<void>;
}

/** The name that Pulsar's clients give it. */
export const deadLetterTopic = (topic: string, subscription: string): string => `${topic}-${subscription}-DLQ`;
