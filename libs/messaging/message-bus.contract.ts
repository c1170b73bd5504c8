import { setTimeout } from 'node:timers/promises';

import { deadLetterTopic, type MessageBus, type MessageHandler, type OutgoingMessage } from './message-bus.js';

/** What every message bus does. `open` is called before each test; topics have names of their own, so that a broker may be shared. */
export function describeMessageBus(name: string, open: () => Promise<MessageBus>): void {
  describe(`the message bus ${name}`, () => {
    let bus: MessageBus;
    let topic: string;
    let topics = 0;

    beforeEach(async () => {
      bus = await open();
      topic = `contract-${process.pid}-${Date.now()}-${topics++}`;
    });

    afterEach(() => bus.close());

    const message = (sequenceId: number, key = 'k'): OutgoingMessage => ({
      topic,
      key,
      sequenceId: BigInt(sequenceId),
      payload: JSON.stringify({ n: sequenceId, text: 'ä' }),
    });

    async function publish(...messages: OutgoingMessage[]): Promise<void> {
      for (const each of messages) await bus.publish(each);
    }

    function collector(): { readonly ids: number[]; readonly handler: MessageHandler } {
      const ids: number[] = [];
      return { ids, handler: async ({ sequenceId }) => void ids.push(Number(sequenceId)) };
    }

    it('brings messages in order, as they were published', async () => {
      const received: unknown[] = [];
      await bus.subscribe(topic, 'a', async (each) => void received.push(each));
      await publish(message(1), message(2, 'other'), message(5));
      await until(() => received.length === 3);
      expect(received).toEqual([message(1), message(2, 'other'), message(5)].map((each) => ({ ...each, delivery: 1 })));
    });

    it('brings every message to every subscription of the topic, and to no other topic', async () => {
      const [a, b, elsewhere] = [collector(), collector(), collector()];
      await bus.subscribe(topic, 'a', a.handler);
      await bus.subscribe(topic, 'b', b.handler);
      await bus.subscribe(`${topic}-other`, 'a', elsewhere.handler);
      await publish(message(1), message(2));
      await until(() => a.ids.length === 2 && b.ids.length === 2);
      expect([a.ids, b.ids, elsewhere.ids]).toEqual([[1, 2], [1, 2], []]);
    });

    it('drops what was published before', async () => {
      const a = collector();
      await bus.subscribe(topic, 'a', a.handler);
      await publish(message(3), message(4), message(3), message(4), message(5));
      await until(() => a.ids.includes(5));
      expect(a.ids).toEqual([3, 4, 5]);
    });

    it('brings a message again whose handler failed, and goes on', async () => {
      const deliveries: [number, number][] = [];
      const handler: MessageHandler = async ({ sequenceId, delivery }) => {
        deliveries.push([Number(sequenceId), delivery]);
        if (sequenceId === 1n && delivery < 3) throw new Error('not yet');
      };
      await bus.subscribe(topic, 'a', handler, { redeliveryMs: 5 });
      await publish(message(1), message(2));
      await until(() => deliveries.length === 4);
      expect(deliveries.filter(([id]) => id === 1).map(([, delivery]) => delivery)).toEqual([1, 2, 3]);
      expect(deliveries).toContainEqual([2, 1]);
    });

    it('puts a message aside that fails every time, and goes on', async () => {
      const a = collector();
      const dead = collector();
      await bus.subscribe(deadLetterTopic(topic, 'a'), 'watch', dead.handler);
      const handler: MessageHandler = async (each) => {
        if (each.sequenceId === 1n) throw new Error('never');
        await a.handler(each);
      };
      await bus.subscribe(topic, 'a', handler, { redeliveryMs: 1, deliveriesMax: 3 });
      await publish(message(1), message(2));
      await until(() => a.ids.length === 1 && dead.ids.length === 1);
      expect([a.ids, dead.ids]).toEqual([[2], [1]]);
    });

    it('keeps messages for a subscription while nobody listens', async () => {
      const a = collector();
      const consumer = await bus.subscribe(topic, 'a', a.handler);
      await publish(message(1));
      await until(() => a.ids.length === 1);
      await consumer.close();
      await publish(message(2), message(3));
      await setTimeout(20);
      expect(a.ids).toEqual([1]);
      await bus.subscribe(topic, 'a', a.handler);
      await until(() => a.ids.length === 3);
      expect(a.ids).toEqual([1, 2, 3]);
    });

    it('waits for the handler in flight when a consumer closes', async () => {
      let [begun, done] = [false, false];
      const consumer = await bus.subscribe(topic, 'a', async () => {
        begun = true;
        await setTimeout(50);
        done = true;
      });
      await publish(message(1));
      await until(() => begun);
      await consumer.close();
      expect(done).toBe(true);
    });

    it('spreads keys over the consumers of a subscription, each key to one of them and in order', async () => {
      const consumers = [collector(), collector(), collector()];
      const seen = consumers.map(() => new Set<string>());
      for (const [index, consumer] of consumers.entries()) {
        await bus.subscribe(topic, 'a', async (each) => {
          seen[index]?.add(each.key);
          await consumer.handler(each);
        });
      }
      const messages = Array.from({ length: 90 }, (_, i) => message(i + 1, `key-${i % 30}`));
      await publish(...messages);
      await until(() => consumers.reduce((sum, { ids }) => sum + ids.length, 0) === 90);
      expect(seen.reduce((sum, keys) => sum + keys.size, 0)).toBe(30);
      expect(seen.filter((keys) => keys.size > 0).length).toBeGreaterThan(1);
      for (const { ids } of consumers) {
        for (const key of new Set(ids.map((id) => (id - 1) % 30))) {
          const ofKey = ids.filter((id) => (id - 1) % 30 === key);
          expect(ofKey).toEqual([...ofKey].sort((x, y) => x - y));
        }
      }
    });

    it('refuses to publish once closed', async () => {
      await bus.close();
      await expect(bus.publish(message(1))).rejects.toThrow();
    });
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 10_000) throw new Error('It did not happen within 10 s.');
    await setTimeout(5);
  }
}
