import { setTimeout as sleep } from 'node:timers/promises';

import type { EventMetadata, RecordedEvent } from '#domain';
import { createPostgresDatabase, migrate, migrationsFolder, type SqlDatabase, type SqlExecutor } from '#platform';
import { withPostgres } from '#testing';

import { type Append, createEventStore, type PostgresEventStore } from './index.js';

const SECONDS_MIN = 4;
const SECONDS_MAX = 60;
const KILLS_MIN = 20;
const APPENDS_MIN = 300;
/** looks between two in which a consumer dies after it has written its rows */
const DEATH_EVERY = 5;
const WRITERS = 12;
const STREAMS_PER_WRITER = 3;
const KILLED = 'torture victim';
const metadata: EventMetadata = { correlation_id: 'c', actor: 'spec', engine_version: '1', runtime_version: 'node' };

/** What a consumer has: the ids of the events it folded, in its order. */
interface Consumer {
  readonly name: string;
  /** one look at the log; throws where its connection was killed */
  step(): Promise<void>;
  consumed(): Promise<readonly string[]>;
}

/**
 * Writers, two rival sequencers and consumers for some seconds, while backends are killed at random and transactions are
 * held open. A writer that does not hear an answer repeats with the same key, as a client would.
 */
describe('the event store under torture', () => {
  const postgres = withPostgres();
  let calm: SqlDatabase;
  let log: readonly RecordedEvent[];
  const acknowledged = new Map<string, bigint | null>();
  let consumers: readonly Consumer[];
  let kills = 0;

  beforeAll(async () => {
    calm = await postgres.open({ poolSize: 4 });
    await migrate(calm, migrationsFolder('command'), { lockKey: 1 });
    await calm.query(`
      CREATE TABLE seen_by_serial (id bigserial PRIMARY KEY, event uuid NOT NULL);
      CREATE FUNCTION number_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        $$ BEGIN INSERT INTO seen_by_serial (event) VALUES (NEW.id); RETURN NULL; END $$;
      CREATE TRIGGER number_event AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION number_event();`);
    const open = () => createPostgresDatabase({ url: postgres.url, poolSize: 8, applicationName: KILLED });
    const databases = [await open(), await open(), await open()];
    const [one, other, readers] = databases as [SqlDatabase, SqlDatabase, SqlDatabase];
    const stores = [createEventStore(one, { pollMs: 50 }), createEventStore(other, { pollMs: 50 })];
    for (const store of stores) await store.start();
    consumers = await Promise.all([
      follower(readers, 'transactional'),
      follower(readers, 'checkpoint_outside'),
      serialReader(readers),
    ]);

    const begun = Date.now();
    const enough = (): boolean => {
      const seconds = (Date.now() - begun) / 1_000;
      return seconds > SECONDS_MAX || (seconds > SECONDS_MIN && kills > KILLS_MIN && acknowledged.size > APPENDS_MIN);
    };
    const until = async (work: () => Promise<unknown>): Promise<void> => {
      while (!enough()) await work();
    };
    await Promise.all([
      ...Array.from({ length: WRITERS }, (_, w) => until(writer(stores[w % 2] as PostgresEventStore, w))),
      ...consumers.map((consumer) => until(() => consumer.step().catch(() => sleep(5)))),
      until(killSomebody),
      until(holdATransactionOpen),
    ]);
    for (const store of stores) await store.stop();
    const last = createEventStore(calm);
    await last.start();
    log = await last.readLog(0n, 1_000_000);
    await last.stop();
    for (const consumer of consumers) for (let i = 0; i < 200; i++) await consumer.step().catch(() => undefined);
    for (const database of databases) await database.close();
  }, 120_000);

  /** Appends to its streams in turn, each append with a key of its own, until it hears what became of it. */
  function writer(store: PostgresEventStore, w: number): () => Promise<void> {
    const versions = new Array<number>(STREAMS_PER_WRITER).fill(0);
    let n = 0;
    return async () => {
      const s = n++ % STREAMS_PER_WRITER;
      const stream = `stream-${w}-${s}`;
      const events = 1 + (n % 3);
      const append = appendTo(stream, versions[s] as number, events, `${w}-${n}`);
      for (;;) {
        const outcome = await store.append(append).catch(() => null);
        if (outcome === null) continue;
        if (outcome.kind === 'VERSION_CONFLICT') throw new Error(`${stream} is at ${outcome.actualVersion}`);
        versions[s] = (versions[s] as number) + events;
        const position = outcome.kind === 'APPENDED' ? outcome.position : null;
        acknowledged.set(`${stream}@${versions[s]}`, position);
        return;
      }
    };
  }

  async function killSomebody(): Promise<void> {
    await sleep(10 + 40 * Math.random());
    const rows = await calm.query<{ killed: boolean }>(
      `SELECT pg_terminate_backend(pid) AS killed FROM pg_stat_activity
       WHERE application_name = $1 AND state <> 'idle' ORDER BY random() LIMIT 1`,
      [KILLED],
    );
    kills += rows.filter((row) => row.killed).length;
  }

  /** Draws its ticket, then takes its time: whoever commits after it and before its end is overtaken in no reader's view. */
  async function holdATransactionOpen(): Promise<void> {
    await calm.transaction(async (transaction) => {
      const stream = `slow-${Math.random()}`;
      const store = createEventStore({
        ...calm,
        ...transaction,
        transaction: (work) => work(transaction),
      });
      await store.append(appendTo(stream, 0, 1, stream));
      await sleep(150);
      acknowledged.set(`${stream}@1`, null);
    });
  }

  const sound = (consumed: readonly string[]): string[] =>
    faultsOf(
      consumed,
      log.map((event) => event.id),
    );

  it('killed backends, and the log went on', () => {
    expect(kills).toBeGreaterThan(KILLS_MIN);
    expect(log.length).toBeGreaterThan(APPENDS_MIN);
  });

  it('has every acknowledged event, at the position that was told', () => {
    const positions = new Map(log.map((event) => [`${event.stream}@${event.version}`, event.position]));
    const lost = [...acknowledged.keys()].filter((name) => !positions.has(name));
    expect(lost).toEqual([]);
    const moved = [...acknowledged].filter(([name, told]) => told !== null && positions.get(name) !== told);
    expect(moved).toEqual([]);
  });

  it('has contiguous positions, every stream in order, and nothing twice', () => {
    expect(log.every((event, i) => event.position === BigInt(i + 1))).toBe(true);
    const next = new Map<string, number>();
    for (const { stream, version } of log) {
      expect([stream, version]).toEqual([stream, (next.get(stream) ?? 0) + 1]);
      next.set(stream, version);
    }
    expect(new Set(log.map((event) => event.id)).size).toBe(log.length);
    const appended = new Map<string, number>();
    for (const name of acknowledged.keys()) {
      const [stream = '', version] = name.split('@');
      appended.set(stream, Math.max(appended.get(stream) ?? 0, Number(version)));
    }
    // a writer stops when it has heard, so that nothing was stored that nobody was told of
    expect(log.length).toBe([...appended.values()].reduce((sum, version) => sum + version, 0));
  });

  it('has valid chains of hashes: in each stream and over the log', async () => {
    const wrong = await calm.query(
      `SELECT e.stream, e.version FROM (
         SELECT *, coalesce(lag(hash) OVER (PARTITION BY tenant, stream ORDER BY version), '') AS previous FROM events) e
       WHERE e.hash IS DISTINCT FROM event_hash(e.previous, e.tenant, e.stream, e.version, e.id, e.type, e.schema_version,
         event_time(e.recorded_at), e.metadata, e.data)
       UNION ALL
       SELECT l.stream, l.version FROM (
         SELECT *, coalesce(lag(hash) OVER (ORDER BY position), decode(repeat('00', 32), 'hex')) AS previous FROM log) l
       JOIN events e USING (tenant, stream, version) WHERE l.hash IS DISTINCT FROM log_hash(l.previous, e.hash)`,
    );
    expect(wrong).toEqual([]);
  });

  it('was folded once and in order by a consumer that keeps its checkpoint in the transaction of its rows', async () => {
    expect(sound(await (consumers[0] as Consumer).consumed())).toEqual([]);
  });

  it('shows two well-known mistakes for what they are', async () => {
    // a checkpoint that is written after the rows were committed folds again what it has
    expect(sound(await (consumers[1] as Consumer).consumed())).toContainEqual(expect.stringMatching(/twice$/));
    // a reader that goes on after the largest number it saw misses what commits late
    expect(sound(await (consumers[2] as Consumer).consumed())).toContainEqual(expect.stringMatching(/missing$/));
  });

  /** Folds the log by its positions into a table, in batches. */
  async function follower(db: SqlDatabase, kind: 'transactional' | 'checkpoint_outside'): Promise<Consumer> {
    await calm.query(
      `CREATE TABLE ${kind} (n bigserial, event uuid); CREATE TABLE ${kind}_checkpoint AS SELECT 0::bigint AS at`,
    );
    const store = createEventStore(db);
    let looks = 1;
    const fold = async (events: readonly RecordedEvent[], to: SqlExecutor): Promise<void> => {
      for (const { id } of events) await to.query(`INSERT INTO ${kind} (event) VALUES ($1)`, [id]);
    };
    const moveTo = (position: bigint, to: SqlExecutor) => to.query(`UPDATE ${kind}_checkpoint SET at = $1`, [position]);
    return {
      name: kind,
      step: async () => {
        const [row] = await db.query<{ at: string }>(`SELECT at::text FROM ${kind}_checkpoint`);
        const events = await store.readLog(BigInt(row?.at ?? 0), 25);
        const last = events[events.length - 1];
        if (last === undefined) return;
        const dies = looks++ % DEATH_EVERY === 0;
        if (kind === 'checkpoint_outside') {
          await db.transaction((transaction) => fold(events, transaction));
          if (dies) throw new Error('died before the checkpoint');
          await moveTo(last.position, db);
        } else {
          await db.transaction(async (transaction) => {
            await fold(events, transaction);
            if (dies) throw new Error('died before the checkpoint');
            await moveTo(last.position, transaction);
          });
        }
      },
      consumed: () => eventsOf(kind),
    };
  }

  /** Follows numbers that were drawn before the commit. */
  async function serialReader(db: SqlDatabase): Promise<Consumer> {
    await calm.query(
      'CREATE TABLE by_serial (n bigserial, event uuid); CREATE TABLE by_serial_checkpoint AS SELECT 0::bigint AS at',
    );
    return {
      name: 'by_serial',
      step: () =>
        db.transaction(async (transaction) => {
          await transaction.query(
            `WITH news AS (SELECT id, event FROM seen_by_serial, by_serial_checkpoint WHERE id > at ORDER BY id LIMIT 25),
               folded AS (INSERT INTO by_serial (event) SELECT event FROM news ORDER BY id)
             UPDATE by_serial_checkpoint SET at = greatest(at, (SELECT max(id) FROM news))`,
          );
        }),
      consumed: () => eventsOf('by_serial'),
    };
  }

  const eventsOf = async (table: string): Promise<string[]> =>
    (await calm.query<{ event: string }>(`SELECT event::text FROM ${table} ORDER BY n`)).map((row) => row.event);
});

/** The ways in which what was consumed is not the log. */
function faultsOf(consumed: readonly string[], log: readonly string[]): string[] {
  const order = new Map(log.map((id, i) => [id, i]));
  const seen = new Set<string>();
  const faults: string[] = [];
  let last = -1;
  for (const id of consumed) {
    const at = order.get(id);
    if (at === undefined) faults.push(`${id}: invented`);
    else if (seen.has(id)) faults.push(`${id}: twice`);
    else if (at < last) faults.push(`${id}: out of order`);
    seen.add(id);
    last = Math.max(last, at ?? -1);
  }
  return [...faults, ...log.filter((id) => !seen.has(id)).map((id) => `${id}: missing`)];
}

function appendTo(stream: string, expectedVersion: number, count: number, key: string): Append {
  const events = Array.from({ length: count }, (_, i) => ({
    type: 'configuration_disabled' as const,
    schemaVersion: 1,
    data: { config_name: stream, version: expectedVersion + i + 1 },
  }));
  return {
    streams: [{ stream, expectedVersion, events }],
    metadata,
    idempotency: { scope: 'torture', key, bodyHash: 'h', response: { status: 201, headers: {}, body: {} } },
  };
}
