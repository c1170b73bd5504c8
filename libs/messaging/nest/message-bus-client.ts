import { ClientProxy, type ReadPacket } from '@nestjs/microservices';
import type { MessageBus, OutgoingMessage } from '../message-bus.js';

/** What to emit where the bus is to know more than the data. */
export class BusEvent {
  constructor(
    readonly data: unknown,
    /** key `''`, no sequence id and no properties where they are left out */
    readonly options: Partial<Pick<OutgoingMessage, 'key' | 'sequenceId' | 'properties'>>,
  ) {}
}

/** Nest's client for events: `emit(TOPIC, data)`, or a BusEvent as data, publishes to the topic. */
export class MessageBusClient extends ClientProxy {
  constructor(private readonly bus: MessageBus) {
    super();
  }

  /** The bus connects when there is something to publish. */
  async connect(): Promise<void> {}

  /** The bus is not ours. */
  async close(): Promise<void> {}

  unwrap<T>(): T {
    return this.bus as T;
  }

  protected async dispatchEvent<T>(packet: ReadPacket<unknown>): Promise<T> {
    const { data: payload, options } = packet.data instanceof BusEvent ? packet.data : new BusEvent(packet.data, {});
    const topic = this.normalizePattern(packet.pattern as string);
    return (await this.bus.publish({ key: '', ...options, topic, payload: JSON.stringify(payload) })) as T;
  }

  protected publish(): never {
    throw new Error('A message bus carries events: there is nobody to answer. Use emit().');
  }
}
