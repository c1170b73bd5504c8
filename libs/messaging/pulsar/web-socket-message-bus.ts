import { randomUUID } from 'node:crypto';
import {
  type Consumer,
  deadLetterTopic,
  type MessageBus,
  type MessageHandler,
  type OutgoingMessage,
  type PublishOutcome,
  type SubscribeOptions,
} from '../message-bus.js';
import { deadLetter } from './pulsar-messages.js';
import { DEFAULT_NAMESPACE, type PulsarOptions, RECEIVER_QUEUE } from './pulsar-options.js';
import { WebSocketConsumer } from './web-socket-consumer.js';
import { WebSocketProducer } from './web-socket-producer.js';

/** Pulsar over the broker's WebSocket API: nothing native, so it works wherever Node does. */
export class WebSocketMessageBus implements MessageBus {
  readonly transport = 'pulsar-websocket';
  private readonly producers = new Map<string, WebSocketProducer>();
  private readonly consumers = new Set<Consumer>();
  private closed = false;

  constructor(private readonly options: PulsarOptions) {}

  async publish(message: OutgoingMessage): Promise<PublishOutcome> {
    if (this.closed) throw new Error('The message bus is closed.');
    return this.producer(message.topic, message.sequenceId === undefined ? null : this.options.producerName).publish(
      message,
    );
  }

  async subscribe(
    topic: string,
    subscription: string,
    handler: MessageHandler,
    options: SubscribeOptions = {},
  ): Promise<Consumer> {
    if (this.closed) throw new Error('The message bus is closed.');
    const durable = options.durable ?? true;
    const consumer = new WebSocketConsumer({
      url: this.consumerUrl(topic, durable ? subscription : `${subscription}-${randomUUID()}`, durable),
      token: this.options.token,
      topic,
      handler,
      subscribe: options,
      bury: async (message) => {
        if (durable) await this.publish(deadLetter(message, deadLetterTopic(topic, subscription)));
      },
      onTrouble: this.options.onTrouble ?? (() => undefined),
    });
    this.consumers.add(consumer);
    await consumer.ready;
    return {
      close: async () => {
        this.consumers.delete(consumer);
        await consumer.close();
      },
    };
  }

  async release(topic: string): Promise<void> {
    const key = producerKey(topic, this.options.producerName);
    const producer = this.producers.get(key);
    this.producers.delete(key);
    await producer?.close();
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.consumers].map((consumer) => consumer.close()));
    await Promise.all([...this.producers.values()].map((producer) => producer.close()));
  }

  private producer(topic: string, name: string | null): WebSocketProducer {
    const key = producerKey(topic, name);
    const url = this.url('producer', topic);
    const producer = this.producers.get(key) ?? new WebSocketProducer(url, name, this.options.token);
    this.producers.set(key, producer);
    return producer;
  }

  private consumerUrl(topic: string, subscription: string, durable: boolean): URL {
    const url = this.url('consumer', topic, subscription);
    url.searchParams.set('subscriptionType', 'Key_Shared');
    url.searchParams.set('subscriptionMode', durable ? 'Durable' : 'NonDurable');
    url.searchParams.set('receiverQueueSize', String(RECEIVER_QUEUE));
    return url;
  }

  private url(kind: 'producer' | 'consumer', ...names: readonly string[]): URL {
    const { url, namespace = DEFAULT_NAMESPACE } = this.options;
    const path = names.map(encodeURIComponent).join('/');
    return new URL(`/ws/v2/${kind}/persistent/${namespace}/${path}`, url);
  }
}

const producerKey = (topic: string, name: string | null): string => JSON.stringify([topic, name]);
