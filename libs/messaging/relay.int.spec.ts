import { createEventStore, type PostgresEventStore } from '#event-store';
import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { coordinationCompleted, withPostgres } from '#testing';

import {
  completedCoordinations,
  createSqlRelayCheckpoint,
  InMemoryMessageBus,
  LeaseLostError,
  Relay,
  SqlRelayLease,
} from './index.js';

describe('the relay on the event store', () => {
  const postgres = withPostgres();
  let db: SqlDatabase;
  let store: PostgresEventStore;
  const { data, metadata, type, schemaVersion } = coordinationCompleted({ position: 1n });
  const append = (n: number) =>
    store.append({
      streams: [{ stream: `coordination-${n}`, expectedVersion: 0, events: [{ type, schemaVersion, data }] }],
      metadata,
    });

  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
    store = createEventStore(db);
    await store.start();
  });
  afterAll(() => store.stop());

  it('publishes each coordination once over restarts, in the order of the log', async () => {
    const bus = new InMemoryMessageBus();
    const received: bigint[] = [];
    await bus.subscribe('t', 's', async (message) => void received.push(message.sequenceId ?? 0n));
    const relay = () =>
      new Relay({
        log: store,
        bus,
        topic: 't',
        checkpoint: createSqlRelayCheckpoint(db, 'main'),
        lease: new SqlRelayLease(db, { name: 'main', holder: 'spec' }),
        toMessage: completedCoordinations((event) => event.data),
      });

    for (let round = 0; round < 3; round++) {
      const running = relay();
      running.start();
      await Promise.all(Array.from({ length: 10 }, (_, i) => append(round * 10 + i)));
      while (running.position < BigInt(round * 10 + 10)) await new Promise((resolve) => setTimeout(resolve, 5));
      await running.stop();
    }
    expect(received).toEqual(Array.from({ length: 30 }, (_, i) => BigInt(i + 1)));
    expect(await createSqlRelayCheckpoint(db, 'main').load()).toEqual({ position: 30n, sequenceId: 30n });
    await bus.close();
  });

  describe('the lease', () => {
    const lease = (name: string, holder: string, leaseMs = 60_000) => new SqlRelayLease(db, { name, holder, leaseMs });

    it('is held by one, until that releases it', async () => {
      const [a, b] = [lease('one', 'a'), lease('one', 'b')];
      expect(await Promise.all([a.acquire(), b.acquire()].map((each) => each.then((token) => token ?? 0n)))).toEqual(
        expect.arrayContaining([0n, 1n]),
      );
      const [holder, other] = a.held ? [a, b] : [b, a];
      expect([holder.held, other.held, await holder.acquire(), await other.acquire()]).toEqual([true, false, 1n, null]);
      await holder.release();
      expect([holder.held, await other.acquire(), other.held]).toEqual([false, 2n, true]);
      await other.release();
    });

    it('is renewed by its holder, and free when that is gone', async () => {
      let killed = false;
      const connection = {
        query: <Row extends object>(sql: string, parameters?: readonly unknown[]) =>
          killed ? Promise.reject(new Error('killed')) : db.query<Row>(sql, parameters),
      };
      const a = new SqlRelayLease(connection, { name: 'two', holder: 'a', leaseMs: 300 });
      const b = lease('two', 'b', 300);
      await a.acquire();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect([a.held, await b.acquire()]).toEqual([true, null]);
      killed = true;
      while ((await b.acquire()) === null) await new Promise((resolve) => setTimeout(resolve, 20));
      expect([a.held, b.held]).toEqual([false, true]);
      await b.release();
    });

    it('fences the checkpoint: a former holder cannot save, and nothing goes back', async () => {
      const [a, b] = [lease('three', 'a'), lease('three', 'b')];
      const checkpoint = createSqlRelayCheckpoint(db, 'three');
      const old = (await a.acquire()) ?? 0n;
      await checkpoint.save({ position: 7n, sequenceId: 5n }, old);
      await a.release();
      const token = (await b.acquire()) ?? 0n;
      await expect(checkpoint.save({ position: 9n, sequenceId: 7n }, old)).rejects.toThrow(LeaseLostError);
      await checkpoint.save({ position: 6n, sequenceId: 4n }, token);
      expect(await checkpoint.load()).toEqual({ position: 7n, sequenceId: 5n });
      await b.release();
    });
  });
});
