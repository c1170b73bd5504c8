import {
  type Consumer,
  deadLetterTopic,
  type MessageBus,
  type MessageHandler,
  type OutgoingMessage,
  type PublishOutcome,
  type SubscribeOptions,
} from '../message-bus.js';
import { ClientConsumer, type MessageSource } from './client-consumer.js';
import { ClientProducer } from './client-producer.js';
import type { PulsarClient, PulsarClientModule, PulsarMessage } from './pulsar-client.js';
import { deadLetter } from './pulsar-messages.js';
import { DEFAULT_NAMESPACE, type PulsarOptions, RECEIVER_QUEUE, SEND_TIMEOUT_MS } from './pulsar-options.js';

const OPERATION_TIMEOUT_S = 10;

/** Pulsar through its official client, whose native part does the work. */
export class ClientMessageBus implements MessageBus {
  readonly transport = 'pulsar-client';
  private readonly client: PulsarClient;
  private readonly producers = new Map<string, ClientProducer>();
  private readonly consumers = new Set<ClientConsumer>();
  private closed = false;

  constructor(
    private readonly pulsar: PulsarClientModule,
    private readonly options: PulsarOptions,
  ) {
    const { url, token } = options;
    this.client = new pulsar.Client({
      serviceUrl: url,
      operationTimeoutSeconds: OPERATION_TIMEOUT_S,
      ...(token === undefined ? {} : { authentication: new pulsar.AuthenticationToken({ token }) }),
    });
  }

  async publish(message: OutgoingMessage): Promise<PublishOutcome> {
    if (this.closed) throw new Error('The message bus is closed.');
    const named = message.sequenceId !== undefined;
    const key = producerKey(message.topic, named);
    const producer = this.producers.get(key) ?? new ClientProducer(() => this.openProducer(message.topic, named));
    this.producers.set(key, producer);
    return producer.publish(message);
  }

  async subscribe(
    topic: string,
    subscription: string,
    handler: MessageHandler,
    options: SubscribeOptions = {},
  ): Promise<Consumer> {
    const durable = options.durable ?? true;
    const source = await this.connect(() => (durable ? this.consumer(topic, subscription) : this.reader(topic)), topic);
    const consumer = new ClientConsumer({
      source,
      topic,
      handler,
      subscribe: options,
      bury: async (message) => {
        if (durable) await this.publish(deadLetter(message, deadLetterTopic(topic, subscription)));
      },
      onTrouble: this.onTrouble,
    });
    this.consumers.add(consumer);
    return {
      close: async () => {
        this.consumers.delete(consumer);
        await consumer.close();
      },
    };
  }

  async release(topic: string): Promise<void> {
    const producer = this.producers.get(producerKey(topic, true));
    this.producers.delete(producerKey(topic, true));
    await producer?.close();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all([...this.consumers].map((consumer) => consumer.close()));
    await Promise.all([...this.producers.values()].map((producer) => producer.close()));
    await this.client.close();
  }

  private readonly onTrouble = (sentence: string): void => this.options.onTrouble?.(sentence);

  private openProducer(topic: string, named: boolean): ReturnType<PulsarClient['createProducer']> {
    return this.client.createProducer({
      topic: this.fullName(topic),
      // a new one of the name ends the one before it, in whatever state that is
      ...(named ? { producerName: this.options.producerName, accessMode: 'ExclusiveWithFencing' } : {}),
      sendTimeoutMs: SEND_TIMEOUT_MS,
      blockIfQueueFull: true,
      // a batch by key puts messages out of the order of their ids, and the broker would drop the lower ones as repeats
      batchingEnabled: false,
      compressionType: 'ZSTD',
    });
  }

  private async consumer(topic: string, subscription: string): Promise<MessageSource> {
    const consumer = await this.client.subscribe({
      topic: this.fullName(topic),
      subscription,
      subscriptionType: 'KeyShared',
      receiverQueueSize: RECEIVER_QUEUE,
    });
    return {
      next: () => consumer.receive(),
      handled: (message) => consumer.acknowledge(message),
      again: (message) => consumer.negativeAcknowledge(message),
      close: () => consumer.close(),
    };
  }

  /** With a listener: to wait for the next message would take one of Node's few threads for itself. */
  private async reader(topic: string): Promise<MessageSource> {
    const queue: PulsarMessage[] = [];
    let [closed, wake] = [false, (): void => undefined];
    const reader = await this.client.createReader({
      topic: this.fullName(topic),
      startMessageId: this.pulsar.MessageId.latest(),
      receiverQueueSize: RECEIVER_QUEUE,
      listener: (message) => {
        queue.push(message);
        wake();
      },
    });
    return {
      async next() {
        for (;;) {
          if (closed) throw new Error('closed');
          const message = queue.shift();
          if (message !== undefined) return message;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      },
      handled: async () => undefined,
      again: () => undefined,
      async close() {
        closed = true;
        wake();
        await reader.close();
      },
    };
  }

  /** The client gives up after a while; a subscription does not. */
  private async connect(open: () => Promise<MessageSource>, topic: string): Promise<MessageSource> {
    while (!this.closed) {
      try {
        return await open();
      } catch (error) {
        this.onTrouble(`${topic}: cannot be listened to yet: ${(error as Error).message}`);
      }
    }
    throw new Error('The message bus is closed.');
  }

  private fullName(topic: string): string {
    return `persistent://${this.options.namespace ?? DEFAULT_NAMESPACE}/${topic}`;
  }
}

const producerKey = (topic: string, named: boolean): string => JSON.stringify([topic, named]);
