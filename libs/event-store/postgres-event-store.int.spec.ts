import { setTimeout } from 'node:timers/promises';

import type { ConfigurationEvent, EventMetadata, RecordedEvent } from '#domain';
import { migrate, migrationsFolder, PostgresDoorbell, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';

import {
  type Append,
  type AppendOutcome,
  BacklogExceededError,
  createEventStore,
  type EventStoreOptions,
  type IdempotencyRecord,
  type NewEvent,
  type PostgresEventStore,
  SEQUENCED_CHANNEL,
  type StoreReport,
} from './index.js';

const metadata: EventMetadata = { correlation_id: 'c-1', actor: 'spec', engine_version: '1', runtime_version: 'node' };

const disabled = (version: number): NewEvent<ConfigurationEvent> => ({
  type: 'configuration_disabled',
  schemaVersion: 1,
  data: { config_name: 'a', version },
});

const appendTo = (stream: string, expectedVersion: number, count = 1): Append => ({
  streams: [
    { stream, expectedVersion, events: Array.from({ length: count }, (_, i) => disabled(expectedVersion + i + 1)) },
  ],
  metadata,
});

const key = (name: string, bodyHash = 'h'): IdempotencyRecord => ({
  scope: 'POST /coordinate',
  key: name,
  bodyHash,
  response: { status: 201, headers: { location: '/1' }, body: { b: 1, a: [null, 'ä'] } },
});

/** matchers, without the type any */
const aString = expect.any(String) as unknown;
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const positionOf = (outcome: AppendOutcome): bigint | null => (outcome.kind === 'APPENDED' ? outcome.position : null);

describe('the event store on Postgres', () => {
  const postgres = withPostgres();
  let db: SqlDatabase;
  let store: PostgresEventStore;
  const started: PostgresEventStore[] = [];

  async function startStore(options: EventStoreOptions = {}): Promise<PostgresEventStore> {
    const started_ = createEventStore(db, { pollMs: 50, ...options });
    await started_.start();
    started.push(started_);
    return started_;
  }

  beforeAll(async () => {
    db = await postgres.open({ poolSize: 12 });
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
  });

  beforeEach(async () => {
    // what only grows is emptied by its owner alone, who says so
    await db.query(`SET LOCAL session_replication_role = replica; TRUNCATE events, pending, log, idempotency_records, coordination_counters, coordination_configurations,
      coordination_sessions, coordination_decisions; UPDATE sequencer SET last_position = 0, last_hash = decode(repeat('00', 32), 'hex')`);
    store = await startStore();
  });

  afterEach(async () => {
    for (const each of started.splice(0)) await each.stop();
  });

  const wholeLog = (): Promise<readonly RecordedEvent[]> => store.readLog(0n, 100_000);

  /** The invariants that hold whatever happened: no gap, no double, every stream in its order. */
  async function expectSoundLog(events: number): Promise<void> {
    const log = await wholeLog();
    expect(log.map((event) => event.position)).toEqual(Array.from({ length: events }, (_, i) => BigInt(i + 1)));
    const next = new Map<string, number>();
    for (const { stream, version } of log) {
      expect(version).toBe((next.get(stream) ?? 0) + 1);
      next.set(stream, version);
    }
    expect(new Set(log.map((event) => event.id)).size).toBe(events);
  }

  describe('append and read', () => {
    it('gives events back as they were, with version, position and time', async () => {
      const before = Date.now();
      const outcome = await store.append(appendTo('s', 0, 2));
      expect(outcome).toEqual({
        kind: 'APPENDED',
        eventIds: [matching(/^[0-9a-f-]{36}$/), aString],
        position: 2n,
        recordedAt: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
      const events = await store.readStream('s');
      expect(events).toEqual([
        {
          id: outcome.kind === 'APPENDED' && outcome.eventIds[0],
          stream: 's',
          version: 1,
          position: 1n,
          type: 'configuration_disabled',
          schemaVersion: 1,
          data: { config_name: 'a', version: 1 },
          metadata,
          recordedAt: outcome.kind === 'APPENDED' && outcome.recordedAt,
        },
        expect.objectContaining({ version: 2, position: 2n }),
      ]);
      expect(await wholeLog()).toEqual(events);
      expect(await store.lastPosition()).toBe(2n);
      expect(Math.abs(Date.parse(events[0]?.recordedAt ?? '') - before)).toBeLessThan(60_000);
    });

    it('stores the canonical bytes of the data', async () => {
      const data = { version: 1, parameters: { priority_weights: { b: 1e21, 'a"\u0000': 0.1 } }, config_name: 'ä' };
      const event: NewEvent = { type: 'configuration_set', schemaVersion: 1, data };
      await store.append({ streams: [{ stream: 's', expectedVersion: 0, events: [event] }], metadata });
      expect(await db.query('SELECT data FROM events')).toEqual([
        { data: '{"config_name":"ä","parameters":{"priority_weights":{"a\\"\\u0000":0.1,"b":1e+21}},"version":1}' },
      ]);
      expect((await store.readStream('s'))[0]?.data).toEqual(data);
    });

    it('appends to several streams at once, in the order given', async () => {
      const append: Append = {
        streams: [...appendTo('z', 0, 2).streams, ...appendTo('a', 0).streams],
        metadata,
      };
      expect(await store.append(append)).toMatchObject({ kind: 'APPENDED', position: 3n });
      expect((await wholeLog()).map(({ stream, version }) => [stream, version])).toEqual([
        ['z', 1],
        ['z', 2],
        ['a', 1],
      ]);
    });

    it('reads part of a stream, and backwards', async () => {
      await store.append(appendTo('s', 0, 5));
      const versions = async (options: Parameters<typeof store.readStream>[1]) =>
        (await store.readStream('s', options)).map((event) => event.version);
      expect(await versions({ fromVersion: 3 })).toEqual([3, 4, 5]);
      expect(await versions({ limit: 2 })).toEqual([1, 2]);
      expect(await versions({ direction: 'BACKWARDS', limit: 2 })).toEqual([5, 4]);
      expect(await versions({ direction: 'BACKWARDS', fromVersion: 2 })).toEqual([2, 1]);
      expect(await store.readStream('none')).toEqual([]);
      expect((await store.readLog(2n, 2)).map((event) => event.position)).toEqual([3n, 4n]);
    });

    it('refuses an append without events, and data that is not JSON', async () => {
      await expect(store.append({ streams: [], metadata })).rejects.toThrow(TypeError);
      await expect(store.append(appendTo('s', 0, 0))).rejects.toThrow(TypeError);
      const nan = { type: 'configuration_disabled', schemaVersion: 1, data: { config_name: 'a', version: Number.NaN } };
      const streams = [{ stream: 's', expectedVersion: 0, events: [nan as NewEvent] }];
      await expect(store.append({ streams, metadata })).rejects.toThrow("NaN at '/version'");
      expect(await wholeLog()).toEqual([]);
    });
  });

  describe('expected versions', () => {
    it('refuses another version, tells the actual one, and stores nothing', async () => {
      await store.append(appendTo('s', 0, 2));
      const late: Append = { ...appendTo('s', 1), idempotency: key('k') };
      expect(await store.append(late)).toEqual({ kind: 'VERSION_CONFLICT', stream: 's', actualVersion: 2 });
      expect(await store.append(appendTo('s', 3))).toEqual({ kind: 'VERSION_CONFLICT', stream: 's', actualVersion: 2 });
      expect(await store.findIdempotencyRecord('POST /coordinate', 'k')).toBeNull();
      await expectSoundLog(2);
    });

    it('refuses the whole append when one of its streams has moved', async () => {
      await store.append(appendTo('b', 0));
      const both: Append = { streams: [...appendTo('a', 0).streams, ...appendTo('b', 0).streams], metadata };
      expect(await store.append(both)).toEqual({ kind: 'VERSION_CONFLICT', stream: 'b', actualVersion: 1 });
      expect(await store.readStream('a')).toEqual([]);
    });

    it('lets one of two racing appends win, never both and never none', async () => {
      for (let round = 0; round < 20; round++) {
        const outcomes = await Promise.all(Array.from({ length: 4 }, () => store.append(appendTo(`s${round}`, 0))));
        const kinds = outcomes.map((outcome) => outcome.kind).sort();
        expect(kinds).toEqual(['APPENDED', 'VERSION_CONFLICT', 'VERSION_CONFLICT', 'VERSION_CONFLICT']);
      }
      await expectSoundLog(20);
    });

    it('does not let appends to the same streams in another order wait for each other', async () => {
      const [a, b] = [appendTo('a', 0).streams, appendTo('b', 0).streams];
      const outcomes = await Promise.all([
        store.append({ streams: [...a, ...b], metadata }),
        store.append({ streams: [...b, ...a], metadata }),
      ]);
      expect(outcomes.map((outcome) => outcome.kind).sort()).toEqual(['APPENDED', 'VERSION_CONFLICT']);
      await expectSoundLog(2);
    });
  });

  describe('idempotency', () => {
    it('gives the first record again, whatever the body and whatever happened since', async () => {
      await store.append({ ...appendTo('s', 0), idempotency: key('k', 'first') });
      await store.append(appendTo('s', 1));
      const repeat = await store.append({ ...appendTo('s', 0), idempotency: key('k', 'second') });
      expect(repeat).toEqual({ kind: 'IDEMPOTENT_REPEAT', record: key('k', 'first') });
      expect(await store.findIdempotencyRecord('POST /coordinate', 'k')).toEqual(key('k', 'first'));
      expect(await store.findIdempotencyRecord('POST /other', 'k')).toBeNull();
      await expectSoundLog(2);
    });

    it('lets one of twenty concurrent uses of a key append; the others get its record', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.append({ ...appendTo(`s${i}`, 0), idempotency: key('k', `h${i}`) })),
      );
      const winner = outcomes.findIndex((outcome) => outcome.kind === 'APPENDED');
      for (const [index, outcome] of outcomes.entries()) {
        if (index === winner) continue;
        expect(outcome).toEqual({ kind: 'IDEMPOTENT_REPEAT', record: key('k', `h${winner}`) });
      }
      await expectSoundLog(1);
    });

    it('holds up no other append while one waits for the holder of its key', async () => {
      let finish: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (finish = resolve));
      const holder = db.transaction(async (transaction) => {
        await transaction.query(`INSERT INTO idempotency_records (scope, key, body_hash, response)
          VALUES ('POST /coordinate', 'k', 'h', '{}')`);
        await gate;
      });
      await setTimeout(30);
      const waiting = store.append({ ...appendTo('s', 0), idempotency: key('k') });
      await setTimeout(50);
      const others = await Promise.all(Array.from({ length: 5 }, (_, i) => store.append(appendTo(`o${i}`, 0))));
      expect(others.map((outcome) => outcome.kind)).toEqual(Array.from({ length: 5 }, () => 'APPENDED'));
      finish();
      await holder;
      expect(await waiting).toMatchObject({ kind: 'IDEMPOTENT_REPEAT' });
    });

    it('frees the key when its holder fails', async () => {
      const blocked = db.transaction(async (transaction) => {
        await transaction.query(`INSERT INTO idempotency_records (scope, key, body_hash, response)
          VALUES ('POST /coordinate', 'k', 'other', '{}')`);
        await setTimeout(100);
        throw new Error('rolled back');
      });
      const refused = expect(blocked).rejects.toThrow('rolled back');
      await setTimeout(30);
      expect(await store.append({ ...appendTo('s', 0), idempotency: key('k') })).toMatchObject({ kind: 'APPENDED' });
      await refused;
    });
  });

  describe('the command-side tables', () => {
    const session = {
      coordination_id: 'coord_20250621_001',
      signals_processed: 2,
      decisions_generated: 1,
      coordination_quality: 0.88,
      processing_time_ms: 3.25,
    };
    const decision = {
      coordination_id: 'coord_20250621_001',
      decision_id: 'decision_001',
      instrument_id: 'AAPL',
      action: 'BUY',
      quantity: 100,
      priority: 1,
      confidence: 0.85,
      reasoning: ['a "quoted" reason', 'ä'],
      portfolio_impact: { position_change: 0.02 },
    };

    it('are written with the events', async () => {
      const second = { ...decision, decision_id: 'decision_002', action: 'SELL' };
      await store.append({ ...appendTo('s', 0), rows: { session, decisions: [decision, second] } });
      expect(await db.query(`SELECT * FROM coordination_sessions`)).toEqual([
        { ...session, id: aString, created_at: aString },
      ]);
      expect(await db.query(`SELECT * FROM coordination_decisions ORDER BY decision_id`)).toEqual([
        { ...decision, id: aString, created_at: aString },
        { ...second, id: aString, created_at: aString },
      ]);
    });

    it('fail the whole append when a row cannot be written', async () => {
      const tooLong = { ...decision, instrument_id: 'X'.repeat(21) };
      const append = { ...appendTo('s', 0), idempotency: key('k'), rows: { session, decisions: [tooLong] } };
      await expect(store.append(append)).rejects.toMatchObject({ code: '22001' });
      expect(await wholeLog()).toEqual([]);
      expect(await db.query('SELECT FROM pending')).toEqual([]);
      expect(await store.findIdempotencyRecord('POST /coordinate', 'k')).toBeNull();
    });

    it('fail only the append that they belong to, when several share a commit', async () => {
      const tooLong = { ...decision, instrument_id: 'X'.repeat(21) };
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) =>
          store.append({ ...appendTo(`s${i}`, 0), ...(i % 5 === 3 && { rows: { decisions: [tooLong] } }) }),
        ),
      );
      const failed = outcomes.flatMap((outcome, i) => (outcome.status === 'rejected' ? [i] : []));
      expect(failed).toEqual([3, 8, 13, 18]);
      await expectSoundLog(16);
    });

    it('keep one row a configuration, whose version is its stream’s', async () => {
      expect(await store.findConfiguration('fast')).toBeNull();
      const configuration = {
        config_name: 'fast',
        coordination_parameters: { coordination_mode: 'AGGRESSIVE' },
        priority_weights: { momentum: 2 },
        risk_limits: { risk_budget_limit: 0.03 },
        enabled: true,
      };
      await store.append({ ...appendTo('configuration-fast', 0), rows: { configuration } });
      expect(await store.findConfiguration('fast')).toEqual({
        version: 1,
        enabled: true,
        parameters: { coordination_mode: 'AGGRESSIVE', priority_weights: { momentum: 2 }, risk_budget_limit: 0.03 },
      });
      await store.append({
        ...appendTo('configuration-fast', 1),
        rows: { configuration: { ...configuration, enabled: false, risk_limits: {} } },
      });
      expect(await store.findConfiguration('fast')).toEqual({
        version: 2,
        enabled: false,
        parameters: { coordination_mode: 'AGGRESSIVE', priority_weights: { momentum: 2 } },
      });
      expect(await db.query('SELECT count(*)::int AS rows FROM coordination_configurations')).toEqual([{ rows: 1 }]);
    });
  });

  describe('positions', () => {
    it('are contiguous under 32 writers', async () => {
      const writers = Array.from({ length: 32 }, async (_, writer) => {
        const positions: (bigint | null)[] = [];
        for (let version = 0; version < 20; version++) {
          positions.push(positionOf(await store.append(appendTo(`w${writer}`, version))));
        }
        return positions;
      });
      const positions = (await Promise.all(writers)).flat();
      expect(new Set(positions).size).toBe(640);
      expect(positions).not.toContain(null);
      await expectSoundLog(640);
    });

    it('are contiguous when large and small appends share statements', async () => {
      const text = 'x'.repeat(60_000);
      const large: NewEvent = {
        type: 'configuration_disabled',
        schemaVersion: 1,
        data: { config_name: text, version: 1 },
      };
      const outcomes = await Promise.all(
        Array.from({ length: 90 }, (_, i) =>
          store.append(
            i % 3 === 0
              ? { streams: [{ stream: `s${i}`, expectedVersion: 0, events: [large] }], metadata }
              : appendTo(`s${i}`, 0),
          ),
        ),
      );
      expect(new Set(outcomes.map(positionOf)).size).toBe(90);
      await expectSoundLog(90);
    });

    it('are contiguous with several sequencers at once, and each append learns its own', async () => {
      const stores = [store, await startStore(), await startStore()];
      const appended = await Promise.all(
        Array.from({ length: 300 }, async (_, i) => {
          const outcome = await stores[i % 3]?.append(appendTo(`s${i}`, 0));
          return { stream: `s${i}`, position: outcome && positionOf(outcome) };
        }),
      );
      await expectSoundLog(300);
      const known = new Map((await wholeLog()).map((event) => [event.stream, event.position]));
      for (const { stream, position } of appended) expect(position).toBe(known.get(stream));
    });

    it('are never shown with a gap to a reader that follows while many write', async () => {
      const seen: bigint[] = [];
      let writing = true;
      const reader = (async () => {
        for (let idle = 0; writing || idle < 2;) {
          const events = await store.readLog(seen.at(-1) ?? 0n, 7);
          seen.push(...events.map((event) => event.position));
          idle = events.length === 0 ? idle + 1 : 0;
        }
      })();
      await Promise.all(Array.from({ length: 200 }, (_, i) => store.append(appendTo(`s${i}`, 0, 1 + (i % 3)))));
      writing = false;
      await reader;
      expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => BigInt(i + 1)));
      expect(seen.length).toBe((await wholeLog()).length);
    });

    it('are given at the next start to what was committed before a crash', async () => {
      await appendWithoutSequencing('s', 0);
      await appendWithoutSequencing('s', 1);
      expect(await db.query('SELECT count(*)::int AS pending FROM pending')).toEqual([{ pending: 2 }]);
      await startStore();
      await expectSoundLog(2);
      expect(await db.query('SELECT count(*)::int AS pending FROM pending')).toEqual([{ pending: 0 }]);
    });

    it('are given by another process that is still there', async () => {
      await appendWithoutSequencing('s', 0);
      await untilTrue(async () => (await store.lastPosition()) === 1n);
      await expectSoundLog(1);
    });

    it('are given in time for whoever reads the stream of an event that has none', async () => {
      await store.stop();
      await appendWithoutSequencing('s', 0);
      expect((await store.readStream('s')).map((event) => event.position)).toEqual([1n]);
    });

    it('go to a slow transaction when it commits, after those that overtook it', async () => {
      let finish: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (finish = resolve));
      const slow = db.transaction(async (transaction) => {
        await transaction.query(APPEND_RAW, appendRawParameters('slow', 0));
        await gate;
      });
      await setTimeout(30);
      const overtaking = await Promise.all(Array.from({ length: 5 }, (_, i) => store.append(appendTo(`fast${i}`, 0))));
      expect(overtaking.map(positionOf).sort()).toEqual([1n, 2n, 3n, 4n, 5n]);
      const seen = (await wholeLog()).length;
      finish();
      await slow;
      // the next in the slow stream cannot come before it
      expect(positionOf(await store.append(appendTo('slow', 1)))).toBe(7n);
      expect((await store.readLog(BigInt(seen), 10)).map(({ stream, version }) => [stream, version])).toEqual([
        ['slow', 1],
        ['slow', 2],
      ]);
      await expectSoundLog(7);
    });

    it('come late, and are reported, when the sequencer is held up', async () => {
      const reports: StoreReport[] = [];
      const hurried = await startStore({ positionTimeoutMs: 100, report: (report) => reports.push(report) });
      let outcome: AppendOutcome | undefined;
      await db.transaction(async (transaction) => {
        await transaction.query('SELECT FROM sequencer FOR UPDATE');
        outcome = await hurried.append(appendTo('s', 0));
      });
      expect(outcome).toMatchObject({ kind: 'APPENDED', position: null });
      expect(reports).toContainEqual({ kind: 'POSITION_LATE', stream: 's' });
      await untilTrue(async () => (await store.lastPosition()) === 1n);
      await expectSoundLog(1);
    });

    it('are kept by a log that is read while nothing runs: they come from the database alone', async () => {
      await store.append(appendTo('s', 0, 3));
      const other = createEventStore(db);
      expect((await other.readLog(0n, 10)).map((event) => event.position)).toEqual([1n, 2n, 3n]);
    });
  });

  describe('the backlog', () => {
    it('refuses appends beyond the bound, and takes them again when it is worked off', async () => {
      const bounded = await startStore({ pendingMax: 3, positionTimeoutMs: 5_000 });
      const refused = await db.transaction(async (transaction) => {
        await transaction.query('SELECT FROM sequencer FOR UPDATE');
        for (let i = 0; i < 3; i++) void bounded.append(appendTo(`s${i}`, 0));
        await untilTrue(async () => bounded.pending >= 3);
        return bounded.append(appendTo('s3', 0)).catch((error: unknown) => error);
      });
      expect(refused).toBeInstanceOf(BacklogExceededError);
      expect(refused).toMatchObject({ retryAfterSeconds: 1 });
      await untilTrue(async () => bounded.pending === 0);
      expect(await bounded.append(appendTo('s3', 0))).toMatchObject({ kind: 'APPENDED', position: 4n });
    });
  });

  describe('onSequenced', () => {
    it('rings in this process, until the listener leaves', async () => {
      let rings = 0;
      const leave = store.onSequenced(() => rings++);
      await store.append(appendTo('s', 0));
      expect(rings).toBeGreaterThan(0);
      leave();
      await setTimeout(120);
      const before = rings;
      await store.append(appendTo('s', 1));
      expect(rings).toBe(before);
    });

    it('rings in another process by NOTIFY, long before it polls', async () => {
      const doorbell = new PostgresDoorbell({ url: postgres.url, channel: SEQUENCED_CHANNEL });
      const follower = await startStore({ doorbell, pollMs: 60_000 });
      const heard = new Promise<number>((resolve) => follower.onSequenced(() => resolve(performance.now())));
      await store.append(appendTo('s', 0));
      const appended = performance.now();
      expect((await heard) - appended).toBeLessThan(1_000);
    });

    it('rings again after the doorbell’s connection was lost', async () => {
      const lost: Error[] = [];
      const doorbell = new PostgresDoorbell({
        url: postgres.url,
        channel: SEQUENCED_CHANNEL,
        reconnectMs: 20,
        onConnectionLost: (error) => lost.push(error),
      });
      const follower = await startStore({ doorbell, pollMs: 60_000 });
      let rings = 0;
      follower.onSequenced(() => rings++);
      await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'doorbell%'`);
      await untilTrue(async () => rings > 0);
      expect(lost.length).toBeGreaterThan(0);
      rings = 0;
      await store.append(appendTo('s', 0));
      await untilTrue(async () => rings > 0);
    });

    it('rings by polling where there is no doorbell', async () => {
      const follower = await startStore();
      let rings = 0;
      follower.onSequenced(() => rings++);
      await store.append(appendTo('s', 0));
      await untilTrue(async () => rings > 0);
    });
  });

  describe('coordination numbers', () => {
    it('count from 1 within a day', async () => {
      const numbers: number[] = [];
      for (let i = 0; i < 5; i++) numbers.push(await store.nextCoordinationNumber('20250621'));
      expect(numbers).toEqual([1, 2, 3, 4, 5]);
      expect(await store.nextCoordinationNumber('20250622')).toBe(1);
      expect(await store.nextCoordinationNumber('20250621')).toBe(6);
    });

    it('go on after a clean stop without a gap, and after a crash without a double', async () => {
      expect(await store.nextCoordinationNumber('20250621')).toBe(1);
      await store.stop();
      const second = await startStore();
      expect(await second.nextCoordinationNumber('20250621')).toBe(2);
      // the second is never stopped: its block is lost
      const third = await startStore();
      expect(await third.nextCoordinationNumber('20250621')).toBeGreaterThan(2);
    });

    it('are unique over processes and concurrent calls', async () => {
      const stores = [store, await startStore({ numberBlock: 3 }), await startStore({ numberBlock: 7 })];
      const numbers = await Promise.all(
        Array.from({ length: 300 }, async (_, i) => stores[i % 3]?.nextCoordinationNumber('20250621')),
      );
      expect(new Set(numbers).size).toBe(300);
    });
  });

  const APPEND_RAW = `SELECT kind FROM append_events(ARRAY[NULL], ARRAY[NULL], ARRAY[NULL], ARRAY[NULL], ARRAY[$3], ARRAY[NULL]::json[],
    ARRAY[NULL]::json[], ARRAY[NULL]::json[], ARRAY[1], ARRAY[$1], ARRAY[$2::int], ARRAY[1], ARRAY[1], ARRAY[$1],
    ARRAY[$2::int + 1], ARRAY[gen_random_uuid()], ARRAY['configuration_disabled'], ARRAY[1], ARRAY['{}'], 0)`;
  const appendRawParameters = (stream: string, expectedVersion: number): unknown[] => [
    stream,
    expectedVersion,
    JSON.stringify(metadata),
  ];

  /** What a process does that dies right after its commit. */
  const appendWithoutSequencing = (stream: string, expectedVersion: number): Promise<unknown> =>
    db.query(APPEND_RAW, appendRawParameters(stream, expectedVersion));
});

async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 10) {
    if (waited > 5_000) throw new Error('It did not become true within 5 s.');
    await setTimeout(10);
  }
}
