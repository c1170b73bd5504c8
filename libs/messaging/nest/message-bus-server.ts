import { BaseRpcContext, type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Consumer, MessageBus, ReceivedMessage, SubscribeOptions } from '../message-bus.js';

export interface MessageBusServerOptions extends SubscribeOptions {
  readonly bus: MessageBus;
  /** the name of the subscription to every topic that a handler listens to */
  readonly subscription: string;
}

/** The second argument of a handler (`@Ctx()`). */
export class MessageBusContext extends BaseRpcContext<[ReceivedMessage]> {
  get message(): ReceivedMessage {
    return this.getArgByIndex(0) as ReceivedMessage;
  }
}

/**
 * Nest's event handlers (`@EventPattern(TOPIC)`) on the topics of a message bus. A message counts as handled when all its
 * handlers are done; one that throws gets it again, as the bus does that. `@MessagePattern` has no place here: nobody waits
 * for an answer.
 */
export class MessageBusServer extends Server implements CustomTransportStrategy {
  private subscriptions: readonly Promise<Consumer | null>[] = [];

  constructor(private readonly options: MessageBusServerOptions) {
    super();
  }

  /** Does not wait for the broker: the process can do without for a while. */
  listen(callback: () => void): void {
    const { bus, subscription, ...subscribe } = this.options;
    this.subscriptions = [...this.messageHandlers].flatMap(([topic, handler]) => {
      if (handler.isEventHandler !== true) return [];
      const subscribing = bus.subscribe(topic, subscription, (message) => this.handle(topic, message), subscribe);
      return [
        subscribing.catch((error: unknown) => {
          this.handleError(`${topic} is not listened to: ${String(error)}`);
          return null;
        }),
      ];
    });
    callback();
  }

  /** Ends what is connected; the bus, which is not ours, ends what is still connecting. */
  async close(): Promise<void> {
    const pending = Symbol('pending');
    const states = this.subscriptions.map((each) => Promise.race([each, Promise.resolve(pending)]));
    for (const consumer of await Promise.all(states)) {
      if (consumer !== null && typeof consumer === 'object') await consumer.close();
    }
  }

  /** Nothing is told: connections are the bus's own. */
  on(): void {}

  unwrap<T>(): T {
    return this.options.bus as T;
  }

  private async handle(topic: string, message: ReceivedMessage): Promise<void> {
    // where several controllers listen to one topic, Nest has the first call the others
    const result: unknown = await this.messageHandlers.get(topic)?.(
      JSON.parse(message.payload),
      new MessageBusContext([message]),
    );
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }
}
