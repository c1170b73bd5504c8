import { deliver } from '../delivery.js';
import type { Consumer, MessageHandler, ReceivedMessage, SubscribeOptions } from '../message-bus.js';
import type { PulsarMessage } from './pulsar-client.js';
import { received } from './pulsar-messages.js';

/** A consumer of the client, or a reader, which has nothing to acknowledge. */
export interface MessageSource {
  /** rejects once it is closed */
  next(): Promise<PulsarMessage>;
  handled(message: PulsarMessage): Promise<unknown>;
  again(message: PulsarMessage): void;
  close(): Promise<unknown>;
}

export interface ClientConsumerOptions {
  readonly source: MessageSource;
  readonly topic: string;
  readonly handler: MessageHandler;
  readonly subscribe: SubscribeOptions;
  /** Resolves when the message lies with those that failed. */
  readonly bury: (message: Omit<ReceivedMessage, 'delivery'>) => Promise<void>;
  readonly onTrouble: (sentence: string) => void;
}

/** Handles the messages of a source one by one. The client connects again by itself. */
export class ClientConsumer implements Consumer {
  private readonly closing = new AbortController();
  private inFlight: Promise<void> = Promise.resolve();
  private readonly running: Promise<void>;

  constructor(private readonly options: ClientConsumerOptions) {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.inFlight;
    await this.options.source.close().catch(() => undefined);
    await this.running;
  }

  private async run(): Promise<void> {
    const { source, topic, onTrouble } = this.options;
    while (!this.closing.signal.aborted) {
      try {
        const message = await source.next();
        if (this.closing.signal.aborted) return;
        this.inFlight = this.take(message);
        await this.inFlight;
      } catch (error) {
        if (this.closing.signal.aborted) return;
        onTrouble(`${topic}: no longer listened to: ${(error as Error).message}`);
        return;
      }
    }
  }

  private async take(message: PulsarMessage): Promise<void> {
    const { source, topic, handler, subscribe, bury, onTrouble } = this.options;
    const properties = { ...message.getProperties() };
    const content = received(topic, message.getPartitionKey(), properties, message.getData());
    const delivery = await deliver(content, handler, subscribe, this.closing.signal);
    if (delivery === 'INTERRUPTED') return;
    try {
      if (delivery === 'FAILED') await bury(content);
      await source.handled(message);
    } catch (error) {
      onTrouble(`${topic}: a message comes again: ${(error as Error).message}`);
      source.again(message);
    }
  }
}
