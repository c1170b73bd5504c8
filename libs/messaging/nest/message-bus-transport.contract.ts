import { Controller, type INestMicroservice } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import { deadLetterTopic, type MessageBus, type ReceivedMessage } from '../message-bus.js';
import { BusEvent, MessageBusClient } from './message-bus-client.js';
import { MessageBusContext, MessageBusServer } from './message-bus-server.js';

/** Nest's event handlers on a message bus. `open` is called once. */
export function describeTransport(name: string, open: () => Promise<MessageBus>): void {
  describe(`Nest's events on ${name}`, () => {
    const topic = `transport-${process.pid}-${Date.now()}`;
    const received: [unknown, ReceivedMessage][] = [];
    const alsoReceived: unknown[] = [];
    let bus: MessageBus;
    let app: INestMicroservice;

    @Controller()
    class Listener {
      @EventPattern(topic)
      async take(@Payload() data: { readonly bad?: boolean }, @Ctx() context: MessageBusContext): Promise<void> {
        received.push([data, context.message]);
        if (data.bad === true) throw new Error('no');
      }
    }

    @Controller()
    class OtherListener {
      @EventPattern(topic)
      take(@Payload() data: unknown): void {
        alsoReceived.push(data);
      }
    }

    beforeAll(async () => {
      bus = await open();
      const module = await Test.createTestingModule({ controllers: [Listener, OtherListener] }).compile();
      const strategy = new MessageBusServer({ bus, subscription: 's', deliveriesMax: 2, redeliveryMs: 1 });
      app = module.createNestMicroservice({ strategy, logger: false });
      // connected before the first message: a new subscription begins with the next one
      const before = await bus.subscribe(topic, 's', async () => undefined);
      await before.close();
      await app.listen();
    });
    afterAll(async () => {
      await app.close();
      await bus.close();
    });

    it('brings an event to every handler of its topic, with its key and properties', async () => {
      const client = new MessageBusClient(bus);
      const event = new BusEvent({ n: 1 }, { key: 'k', sequenceId: 7n, properties: { a: 'ä' } });
      expect(await firstValueFrom(client.emit(topic, event))).toBe('STORED');
      await firstValueFrom(client.emit(topic, { n: 2 }));
      await until(() => received.length === 2 && alsoReceived.length === 2);
      expect(received.map(([data]) => data)).toEqual([{ n: 1 }, { n: 2 }]);
      expect(alsoReceived).toEqual([{ n: 1 }, { n: 2 }]);
      expect(received[0]?.[1]).toMatchObject({ topic, key: 'k', sequenceId: 7n, properties: { a: 'ä' }, delivery: 1 });
    });

    it('brings an event again whose handler threw, and puts it aside in the end', async () => {
      const dead: string[] = [];
      await bus.subscribe(deadLetterTopic(topic, 's'), 'watch', async ({ payload }) => void dead.push(payload));
      const before = received.length;
      await firstValueFrom(new MessageBusClient(bus).emit(topic, { bad: true }));
      await until(() => dead.length === 1);
      expect(received.slice(before).map(([, { delivery }]) => delivery)).toEqual([1, 2]);
      expect(dead).toEqual(['{"bad":true}']);
    });

    it('has no answers to give', async () => {
      await expect(firstValueFrom(new MessageBusClient(bus).send(topic, {}))).rejects.toThrow('Use emit()');
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 10_000) throw new Error('It did not happen within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
