import { createEventStore } from '#event-store';
import { migrate, migrationsFolder } from '#platform';
import { coordinationCompleted, withPostgres } from '#testing';

import { completedCoordinations, createSqlRelayCheckpoint, InMemoryMessageBus, Relay } from './index.js';

describe('the relay on the event store', () => {
  const postgres = withPostgres();

  it('publishes each coordination once over restarts, in the order of the log', async () => {
    const db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
    const store = createEventStore(db);
    await store.start();
    const bus = new InMemoryMessageBus();
    const received: bigint[] = [];
    await bus.subscribe('t', 's', async (message) => void received.push(message.sequenceId));
    const relay = () =>
      new Relay({
        log: store,
        bus,
        topic: 't',
        checkpoint: createSqlRelayCheckpoint(db, 'main'),
        toMessage: completedCoordinations((event) => event.data),
      });
    const { data, metadata, type, schemaVersion } = coordinationCompleted({ position: 1n });
    const append = (n: number) =>
      store.append({
        streams: [{ stream: `coordination-${n}`, expectedVersion: 0, events: [{ type, schemaVersion, data }] }],
        metadata,
      });

    for (let round = 0; round < 3; round++) {
      const running = relay();
      await running.start();
      await Promise.all(Array.from({ length: 10 }, (_, i) => append(round * 10 + i)));
      while (running.position < BigInt(round * 10 + 10)) await new Promise((resolve) => setTimeout(resolve, 5));
      await running.stop();
    }
    expect(received).toEqual(Array.from({ length: 30 }, (_, i) => BigInt(i + 1)));
    expect(await createSqlRelayCheckpoint(db, 'main').load()).toBe(30n);
    await createSqlRelayCheckpoint(db, 'main').save(7n);
    expect(await createSqlRelayCheckpoint(db, 'main').load()).toBe(30n);
    await store.stop();
    await bus.close();
  });
});
