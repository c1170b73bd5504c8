import { setTimeout } from 'node:timers/promises';

import {
  deadLetterTopic,
  type MessageBus,
  type MessageHandler,
  type OutgoingMessage,
  type PublishOutcome,
} from './message-bus.js';

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
      properties: { event_type: 'ä b', empty: '' },
    });

    /** One after the other; resolves to what became of each. */
    async function publish(...messages: OutgoingMessage[]): Promise<PublishOutcome[]> {
      const outcomes: PublishOutcome[] = [];
      for (const each of messages) outcomes.push(await bus.publish(each));
      return outcomes;
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
      const outcomes = await publish(message(3), message(4), message(3), message(4), message(5));
      expect(outcomes).toEqual(['STORED', 'STORED', 'DUPLICATE', 'DUPLICATE', 'STORED']);
      await until(() => a.ids.includes(5));
      expect(a.ids).toEqual([3, 4, 5]);
    });

    it('publishes in the order of the calls, without waiting in between', async () => {
      const a = collector();
      await bus.subscribe(topic, 'a', a.handler);
      // gaps too: the log has events that are not published
      const ids = Array.from({ length: 60 }, (_, i) => i + 1 + Math.floor(i / 25) * 7);
      await Promise.all(ids.map((id) => bus.publish(message(id))));
      await until(() => a.ids.length === ids.length);
      expect(a.ids).toEqual(ids);
    });

    it('brings a message without a sequence id as often as it is published', async () => {
      const received: unknown[] = [];
      await bus.subscribe(topic, 'a', async (each) => void received.push(each));
      const ring = { topic, key: 'k', payload: '1' };
      expect(await publish(ring, ring)).toEqual(['STORED', 'STORED']);
      await until(() => received.length === 2);
      expect(received).toEqual([1, 1].map((delivery) => ({ ...ring, properties: {}, delivery })));
    });

    it('brings a message of a megabyte and more', async () => {
      const received: string[] = [];
      await bus.subscribe(topic, 'a', async ({ payload }) => void received.push(payload));
      const large = { ...message(1), payload: JSON.stringify('decision '.repeat(800_000)) };
      await publish(large);
      await until(() => received.length === 1);
      expect(received[0] === large.payload).toBe(true);
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

    it('takes a handler that does not end for one that failed', async () => {
      const deliveries: number[] = [];
      const handler: MessageHandler = async ({ delivery }) => {
        deliveries.push(delivery);
        if (delivery === 1) await new Promise(() => undefined);
      };
      await bus.subscribe(topic, 'a', handler, { redeliveryMs: 1, handlerMsMax: 20 });
      await publish(message(1));
      await until(() => deliveries.length === 2);
      expect(deliveries).toEqual([1, 2]);
    });

    it('brings a message again to the next consumer when it closes between two deliveries', async () => {
      const a = collector();
      let failed = 0;
      const failing = async () => {
        failed++;
        throw new Error('no');
      };
      const consumer = await bus.subscribe(topic, 'a', failing, { redeliveryMs: 60_000 });
      await publish(message(1), message(2));
      await until(() => failed === 1);
      await consumer.close();
      await bus.subscribe(topic, 'a', a.handler);
      await until(() => a.ids.length === 2);
      expect(a.ids).toEqual([1, 2]);
    });

    it('brings every message to each that only listens in, while it does', async () => {
      const [a, b] = [collector(), collector()];
      const listening = await bus.subscribe(topic, 'ear', a.handler, { durable: false });
      await bus.subscribe(topic, 'ear', b.handler, { durable: false });
      await publish(message(1));
      await until(() => a.ids.length === 1 && b.ids.length === 1);
      await listening.close();
      await publish(message(2));
      await until(() => b.ids.length === 2);
      const again = collector();
      await bus.subscribe(topic, 'ear', again.handler, { durable: false });
      await publish(message(3));
      await until(() => again.ids.length === 1);
      await until(() => b.ids.length === 3);
      expect([a.ids, b.ids, again.ids]).toEqual([[1], [1, 2, 3], [3]]);
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

    it('goes on publishing to a topic that it had released', async () => {
      const a = collector();
      await bus.subscribe(topic, 'a', a.handler);
      await publish(message(1));
      await bus.release(topic);
      expect(await publish(message(1), message(2))).toEqual(['DUPLICATE', 'STORED']);
      await until(() => a.ids.length === 2);
      expect(a.ids).toEqual([1, 2]);
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
