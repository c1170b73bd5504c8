import { createEventStore, type PostgresEventStore } from '#event-store';
import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { readGroup, readKnown, UnknownEventError } from './read-group.js';

const metadata = { correlation_id: 'c', actor: 'spec', engine_version: '1', runtime_version: 'node' };

describe('reading on, in a log that a newer program wrote to', () => {
  const postgres = withPostgres();
  let db: SqlDatabase;
  let store: PostgresEventStore;
  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
    store = createEventStore(db);
    await store.start();
    for (const stream of ['a', 'b', 'c']) {
      const event = {
        type: 'configuration_disabled' as const,
        schemaVersion: 1,
        data: { config_name: stream, version: 1 },
      };
      await store.append({ streams: [{ stream, expectedVersion: 0, events: [event] }], metadata });
    }
    await db.query(
      `ALTER TABLE events DISABLE TRIGGER ALL; UPDATE events SET schema_version = 9 WHERE stream = 'c'; ALTER TABLE events ENABLE TRIGGER ALL`,
    );
  });
  afterAll(() => store.stop());

  it('gives what comes before, however many are asked for', async () => {
    const group = { lanes: [], after: 0n, until: null };
    expect((await readGroup(store, group, 50)).map(({ position }) => position)).toEqual([1n, 2n]);
    expect((await readGroup(store, { ...group, after: 1n }, 50)).map(({ position }) => position)).toEqual([2n]);
  });

  it('stops before it with a sentence that names it', async () => {
    const stopped = await readKnown(store, 2n, 50).catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(UnknownEventError);
    expect((stopped as Error).message).toContain(
      'a configuration_disabled of version 9 at position 3, and this program knows it up to version 1',
    );
  });
});
