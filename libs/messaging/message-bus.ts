/**
 * Topics, as Pulsar has them: every subscription of a topic gets every message, at least once, those of one key in order.
 * Outside consumers are told apart by the name of their subscription, which remembers where it is while nobody listens.
 */
export interface MessageBus {
  /** what carries the messages: told to operators */
  readonly transport: Transport;
  /**
   * Resolves when the bus has the message. Calls for one topic are published in their order, without waiting for each
   * other; where one fails, those called after it and not resolved yet fail too. A topic drops a sequence id that is not
   * above its last one, so publishing again from the first that failed is safe. Rejects soon where the broker is away.
   */
  publish(message: OutgoingMessage): Promise<PublishOutcome>;
  /**
   * A new subscription begins with the next message published. Several consumers may share one: those of a key go to one
   * of them. A message whose handler rejects comes again; after `deliveriesMax` times it goes to the topic
   * `deadLetterTopic(topic, subscription)`, and the subscription goes on. Resolves once connected, however long that
   * takes, and connects again by itself.
   */
  subscribe(
    topic: string,
    subscription: string,
    handler: MessageHandler,
    options?: SubscribeOptions,
  ): Promise<Consumer>;
  /** Ends our writing to a topic, so that another process of our name may: publishing to it later begins anew. */
  release(topic: string): Promise<void>;
  /** Waits for handlers in flight. */
  close(): Promise<void>;
}

export type Transport = 'in-memory' | 'pulsar-client' | 'pulsar-websocket';

/** A duplicate was dropped: the topic had its sequence id, or a higher one, before. */
export type PublishOutcome = 'STORED' | 'DUPLICATE';

export interface OutgoingMessage {
  readonly topic: string;
  readonly key: string;
  /** positive; increases within a topic. Without one the message is never dropped, and may come twice */
  readonly sequenceId?: bigint;
  /** JSON */
  readonly payload: string;
  /** what consumers may want to know without reading the payload */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface ReceivedMessage extends OutgoingMessage {
  readonly properties: Readonly<Record<string, string>>;
  /** 1 at first; counts again from 1 where the consumer was lost meanwhile */
  readonly delivery: number;
}

/** Resolves when the message is dealt with and need not come again. */
export type MessageHandler = (message: ReceivedMessage) => Promise<void>;

export interface SubscribeOptions {
  /** default 5 */
  readonly deliveriesMax?: number;
  /** wait before the second delivery, doubled for each further one; default 100 */
  readonly redeliveryMs?: number;
  /** a handler that takes longer has failed; default 60,000 */
  readonly handlerMsMax?: number;
  /** false: a subscription of this consumer alone that is gone with it, and has no dead letters; default true */
  readonly durable?: boolean;
}

export interface Consumer {
  /** Waits for the handler in flight; what it did not take stays for the next consumer of the subscription. */
  close(): Promise<void>;
}

/** The name that Pulsar's clients give it. */
export const deadLetterTopic = (topic: string, subscription: string): string => `${topic}-${subscription}-DLQ`;
