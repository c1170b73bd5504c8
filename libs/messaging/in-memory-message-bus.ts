import { DELIVERIES_MAX, handleInTime, REDELIVERY_MS } from './delivery.js';
import {
  type Consumer,
  deadLetterTopic,
  type MessageBus,
  type MessageHandler,
  type OutgoingMessage,
  type PublishOutcome,
  type SubscribeOptions,
} from './message-bus.js';

export interface InMemoryMessageBusOptions {
  /** messages a subscription may leave lying before publishing to its topic is refused; default 100,000 */
  readonly backlogMax?: number;
}

/** The bus of a single process. It keeps nothing over a restart: the relay's checkpoint says what was published. */
export class InMemoryMessageBus implements MessageBus {
  readonly transport = 'in-memory';
  private readonly topics = new Map<string, Topic>();
  private closed = false;
  private ownSubscriptions = 0;

  constructor(private readonly options: InMemoryMessageBusOptions = {}) {}

  async publish(message: OutgoingMessage): Promise<PublishOutcome> {
    if (this.closed) throw new Error('The message bus is closed.');
    return this.topic(message.topic).publish(message, this.options.backlogMax ?? 100_000);
  }

  async subscribe(
    topic: string,
    subscription: string,
    handler: MessageHandler,
    options: SubscribeOptions = {},
  ): Promise<Consumer> {
    if (this.closed) throw new Error('The message bus is closed.');
    if (options.durable === false) {
      const name = `${subscription}-${this.ownSubscriptions++}`;
      const consumer = this.topic(topic)
        .subscription(name)
        .add({ handler, options, bury: () => undefined });
      return {
        close: async () => {
          this.topic(topic).forget(name);
          await consumer.close();
        },
      };
    }
    const bury = (message: OutgoingMessage): void =>
      this.topic(deadLetterTopic(topic, subscription)).deliver({
        ...message,
        topic: deadLetterTopic(topic, subscription),
      });
    return this.topic(topic).subscription(subscription).add({ handler, options, bury });
  }

  /** Nobody else can publish here. */
  async release(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true;
    const subscriptions = [...this.topics.values()].flatMap((topic) => topic.all());
    await Promise.all(subscriptions.map((subscription) => subscription.close()));
  }

  private topic(name: string): Topic {
    const topic = this.topics.get(name) ?? new Topic();
    this.topics.set(name, topic);
    return topic;
  }
}

class Topic {
  private readonly subscriptions = new Map<string, SubscriptionQueue>();
  private lastSequenceId = 0n;

  publish(message: OutgoingMessage, backlogMax: number): PublishOutcome {
    const { sequenceId } = message;
    if (sequenceId !== undefined && sequenceId <= this.lastSequenceId) return 'DUPLICATE';
    for (const [name, subscription] of this.subscriptions) {
      if (subscription.backlog < backlogMax) continue;
      throw new Error(`The subscription ${name} of ${message.topic} has ${backlogMax} messages lying.`);
    }
    this.lastSequenceId = sequenceId ?? this.lastSequenceId;
    this.deliver(message);
    return 'STORED';
  }

  forget(subscription: string): void {
    this.subscriptions.delete(subscription);
  }

  deliver(message: OutgoingMessage): void {
    for (const subscription of this.subscriptions.values()) subscription.push(message);
  }

  subscription(name: string): SubscriptionQueue {
    const subscription = this.subscriptions.get(name) ?? new SubscriptionQueue();
    this.subscriptions.set(name, subscription);
    return subscription;
  }

  all(): SubscriptionQueue[] {
    return [...this.subscriptions.values()];
  }
}

interface Member {
  readonly handler: MessageHandler;
  readonly options: SubscribeOptions;
  readonly bury: (message: OutgoingMessage) => void;
}

/** One message in flight at a time, so that a message that comes again is not overtaken. */
class SubscriptionQueue {
  private readonly queue: { readonly message: OutgoingMessage; deliveries: number }[] = [];
  private readonly members: Member[] = [];
  private running: Promise<void> | null = null;
  private inFlight: Promise<void> = Promise.resolve();
  private wake: () => void = () => undefined;

  get backlog(): number {
    return this.queue.length;
  }

  push(message: OutgoingMessage): void {
    this.queue.push({ message, deliveries: 0 });
    this.run();
  }

  add(member: Member): Consumer {
    this.members.push(member);
    this.run();
    return { close: () => this.remove(member) };
  }

  async close(): Promise<void> {
    this.members.length = 0;
    this.wake();
    await this.running;
  }

  private async remove(member: Member): Promise<void> {
    const index = this.members.indexOf(member);
    if (index >= 0) this.members.splice(index, 1);
    this.wake();
    await this.inFlight.catch(() => undefined);
  }

  private run(): void {
    this.running ??= this.dispatch();
  }

  private async dispatch(): Promise<void> {
    // a handler that publishes must not be called by its own publishing
    await Promise.resolve();
    for (;;) {
      const entry = this.queue[0];
      if (entry === undefined) break;
      const member = this.members[hash(entry.message.key) % this.members.length];
      if (member === undefined) break;
      entry.deliveries++;
      const { deliveriesMax = DELIVERIES_MAX, redeliveryMs = REDELIVERY_MS } = member.options;
      try {
        const message = { properties: {}, ...entry.message, delivery: entry.deliveries };
        this.inFlight = handleInTime(member.handler, message, member.options);
        await this.inFlight;
        this.queue.shift();
      } catch {
        if (entry.deliveries < deliveriesMax) {
          // it may have closed while its handler ran
          if (this.members.includes(member)) await this.pause(redeliveryMs * 2 ** (entry.deliveries - 1));
        } else {
          member.bury(entry.message);
          this.queue.shift();
        }
      }
    }
    // in the same turn as the last look at the queue: a message a moment later starts anew
    this.running = null;
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** FNV-1a: which of the consumers a key goes to */
function hash(key: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) value = Math.imul(value ^ key.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
