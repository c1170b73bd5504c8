import { setTimeout } from 'node:timers/promises';

import { createPostgresDatabase, migrate, migrationsFolder, type SqlDatabase, type SqlExecutor } from '#platform';
import { withPostgres } from '#testing';

import { type Append, createEventStore, type NewEvent, type PostgresEventStore, UnknownEventError } from './index.js';

const metadata = { correlation_id: 'c-1', actor: 'spec', engine_version: '1', runtime_version: 'node' };

const event: NewEvent = { type: 'configuration_disabled', schemaVersion: 1, data: { config_name: 'a', version: 1 } };

const appendTo = (stream: string, expectedVersion = 0, tenant?: string): Append => ({
  ...(tenant === undefined ? {} : { tenant }),
  streams: [{ stream, expectedVersion, events: [event] }],
  metadata,
});

/** as the owner of the tables, who says so */
const OWNER = 'SET LOCAL session_replication_role = replica; ';

describe('the event store on Postgres, against mistakes and others', () => {
  const postgres = withPostgres();
  let db: SqlDatabase;
  let store: PostgresEventStore;

  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
  });

  beforeEach(async () => {
    await db.query(`${OWNER} TRUNCATE events, pending, log, idempotency_records;
      UPDATE sequencer SET last_position = 0, last_hash = decode(repeat('00', 32), 'hex')`);
    store = createEventStore(db, { pollMs: 20 });
    await store.start();
  });

  afterEach(() => store.stop());

  const positions = async (): Promise<bigint[]> => (await store.readLog(0n, 1_000)).map(({ position }) => position);

  describe('tenants', () => {
    it('have streams of the same name, each with its own versions, in one log', async () => {
      await store.append(appendTo('s', 0));
      expect(await store.append(appendTo('s', 0, 'acme'))).toMatchObject({ kind: 'APPENDED', position: 2n });
      expect(await store.append(appendTo('s', 1, 'acme'))).toMatchObject({ kind: 'APPENDED', position: 3n });
      expect(await store.append(appendTo('s', 2))).toEqual({ kind: 'VERSION_CONFLICT', stream: 's', actualVersion: 1 });
      const log = await store.readLog(0n, 10);
      expect(log.map(({ tenant, version }) => [tenant, version])).toEqual([
        [undefined, 1],
        ['acme', 1],
        ['acme', 2],
      ]);
      expect((await store.readStream('s', { tenant: 'acme' })).map(({ version }) => version)).toEqual([1, 2]);
      expect(await store.readStream('s')).toHaveLength(1);
    });

    it('race for their own streams alone', async () => {
      const tenants = ['default', 'acme', 'zeta'];
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_, i) => store.append(appendTo('s', 0, tenants[i % 3] as string))),
      );
      expect(outcomes.filter(({ kind }) => kind === 'APPENDED')).toHaveLength(3);
      expect(await positions()).toEqual([1n, 2n, 3n]);
    });
  });

  describe.each(['gives positions itself', 'leaves them to another one that is sequencing'])(
    'a batch that %s',
    (how) => {
      it('chains the events of every stream, refuses one by one, and puts streams in the order of their append', async () => {
        const several: Append = {
          streams: [
            { stream: 'z', expectedVersion: 0, events: [event, event] },
            { stream: 'b', expectedVersion: 0, events: [event, event, event] },
          ],
          metadata,
        };
        const batch = () =>
          Promise.all([
            store.append(appendTo('first')),
            store.append(appendTo('s')),
            store.append(appendTo('s', 0)),
            store.append(several),
            store.append(appendTo('s', 1)),
            store.append(appendTo('s', 0, 'acme')),
            store.append(appendTo('s', 7)),
            store.append(appendTo('b', 3)),
          ]);
        let outcomes: Awaited<ReturnType<typeof batch>> = [] as never;
        if (how.startsWith('gives')) outcomes = await batch();
        else {
          const begun = await db.transaction(async (sequencing) => {
            await sequencing.query('SELECT FROM sequencer FOR UPDATE');
            const appending = batch();
            while ((await db.query('SELECT FROM pending')).length < 7) await setTimeout(5);
            return { appending };
          });
          outcomes = await begun.appending;
        }
        const kinds = outcomes.map(({ kind }) => kind);
        const [yes, no] = ['APPENDED', 'VERSION_CONFLICT'];
        expect(kinds).toEqual([yes, yes, no, yes, yes, yes, no, yes]);
        expect(outcomes[2]).toEqual({ kind: no, stream: 's', actualVersion: 1 });
        expect(outcomes[6]).toEqual({ kind: no, stream: 's', actualVersion: 2 });
        const log = await store.readLog(0n, 100);
        expect(log.map(({ position }) => position)).toEqual(log.map((_, i) => BigInt(i + 1)));
        expect(log.map(({ tenant, stream, version }) => `${tenant ?? ''}${stream}${version}`)).toEqual([
          'first1',
          's1',
          'z1',
          'z2',
          'b1',
          'b2',
          'b3',
          's2',
          'acmes1',
          'b4',
        ]);
        const wrong = await db.query(
          `SELECT l.position FROM log l JOIN events e USING (tenant, stream, version)
         LEFT JOIN events p ON p.tenant = e.tenant AND p.stream = e.stream AND p.version = e.version - 1
         LEFT JOIN log b ON b.position = l.position - 1
         WHERE e.hash <> event_hash(coalesce(p.hash, ''), e.tenant, e.stream, e.version, e.id, e.type, e.schema_version,
             event_time(e.recorded_at), e.metadata, e.data)
           OR l.hash <> log_hash(coalesce(b.hash, decode(repeat('00', 32), 'hex')), e.hash)`,
        );
        expect(wrong).toEqual([]);
        expect(await db.query('SELECT FROM pending')).toEqual([]);
      });
    },
  );

  describe('names', () => {
    const key = (name: string) => ({
      scope: 'POST /x',
      key: name,
      bodyHash: 'h',
      response: { status: 1, headers: {}, body: 1 },
    });

    it.each([
      ['a stream with a control character', appendTo('a\u0000b'), 'The stream "a\\u0000b" is not accepted'],
      ['a stream with a line end', appendTo('a\nb'), 'no control characters'],
      ['half of a surrogate pair', appendTo('a\ud800'), 'no control characters'],
      ['a stream without a name', appendTo(''), 'The stream is empty: it must have 1 to 500 bytes'],
      ['a stream of a megabyte', appendTo('x'.repeat(1_000_000)), 'has 1000000 bytes: it must have 1 to 500 bytes'],
      ['a tenant of a megabyte', appendTo('s', 0, 'x'.repeat(1_000_000)), 'The tenant "xxx'],
      [
        'a key of a megabyte',
        { ...appendTo('s'), idempotency: key('k'.repeat(1_000_000)) },
        'The idempotency key "kkk',
      ],
      ['a key with a control character', { ...appendTo('s'), idempotency: key('k\u0007') }, 'The idempotency key "k'],
    ])('refuse %s, with what would be accepted', async (_, append, message) => {
      const refused = await store.append(append).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(TypeError);
      expect((refused as Error).message).toContain(message);
      expect((refused as Error).message.length).toBeLessThan(250);
      expect(await db.query('SELECT FROM events')).toEqual([]);
    });

    it('may be of any script, up to the bound', async () => {
      const stream = 'é'.repeat(250);
      expect(await store.append(appendTo(stream, 0, '株式'))).toMatchObject({ kind: 'APPENDED' });
      expect(await store.readStream(stream, { tenant: '株式' })).toHaveLength(1);
    });
  });

  it.each([
    [
      'of a newer version',
      `schema_version = 99`,
      'holds configuration_disabled in schema version 99, which this program knows up to version 1',
    ],
    [
      'of an unknown type',
      `type = 'order_placed'`,
      'holds order_placed in schema version 1, which this program knows not at all',
    ],
    ['whose type is a word of JavaScript', `type = 'constructor'`, 'holds constructor'],
  ])('stops before an event %s, and skips nothing', async (_, change, message) => {
    for (let i = 0; i < 3; i++) await store.append(appendTo(`s${i}`));
    await db.query(`${OWNER} UPDATE events SET ${change} WHERE stream = 's1'`);
    const stopped = await store.readLog(0n, 10).catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(UnknownEventError);
    expect((stopped as Error).message).toContain(`Position 2 (s1 version 1) ${message}`);
    await expect(store.readStream('s1')).rejects.toThrow(UnknownEventError);
    expect(await store.readLog(0n, 1)).toHaveLength(1);
  });

  describe('the application’s role', () => {
    const role = `spec_application_${process.pid}`;
    let application: SqlDatabase;

    beforeAll(async () => {
      await db.query(`CREATE ROLE ${role} LOGIN PASSWORD 'spec' IN ROLE coordination_application`);
      const url = Object.assign(new URL(postgres.url), { username: role, password: 'spec' }).href;
      application = await createPostgresDatabase({ url });
    });

    afterAll(async () => {
      await application.close();
      await db.query(`DROP ROLE ${role}`);
    });

    it('appends, sequences and reads', async () => {
      const restricted = createEventStore(application, { pollMs: 20 });
      await restricted.start();
      const idempotency = { scope: 's', key: 'k', bodyHash: 'h', response: { status: 1, headers: {}, body: 1 } };
      expect(await restricted.append({ ...appendTo('s'), idempotency })).toMatchObject({
        kind: 'APPENDED',
        position: 1n,
      });
      expect(await restricted.readLog(0n, 10)).toHaveLength(1);
      expect(await restricted.nextCoordinationNumber('20250621')).toBe(1);
      await restricted.stop();
      // and finds that there is nothing left to migrate
      expect(await migrate(application, migrationsFolder('command'), { lockKey: 1 })).toMatchObject({ applied: [] });
    });

    it.each([
      `UPDATE events SET data = '{}'`,
      `DELETE FROM events`,
      `TRUNCATE events`,
      `INSERT INTO events SELECT * FROM events`,
      `UPDATE log SET position = 7`,
      `DELETE FROM log`,
      `INSERT INTO log SELECT * FROM log`,
      `DELETE FROM pending`,
      `UPDATE sequencer SET last_position = 0`,
      `UPDATE checkpoints SET root = ''`,
      `DELETE FROM checkpoints`,
      `UPDATE log_origin SET origin = 'x'`,
      `DELETE FROM schema_migrations`,
      `ALTER TABLE events DISABLE TRIGGER ALL`,
      `SET session_replication_role = replica`,
      `CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
      `CALL grant_application('${role}')`,
      `UPDATE events SET data = NULL, metadata = NULL`,
      `INSERT INTO archives VALUES (1, 1, 'f', '/', 1, '', '', '')`,
      `DELETE FROM archives`,
      `SELECT archive_events(1, 1, '', 'f', '/', 1, '', '', 1)`,
      `DELETE FROM personal_keys`,
      `UPDATE personal_keys SET tenant = 'x'`,
      `ALTER TABLE personal_keys DISABLE TRIGGER ALL`,
      `CALL grant_archives('${role}')`,
    ])('may not: %s', async (sql) => {
      await store.append(appendTo('s'));
      await expect(application.query(sql)).rejects.toMatchObject({ code: '42501' });
      expect(await positions()).toEqual([1n]);
    });

    it('is given no more of archives and keys where it was made after them', async () => {
      const later = `${role}_later`;
      await db.query(`CREATE ROLE ${later}`);
      try {
        await db.query(`CALL grant_application('${later}')`);
        const rights = await db.query(
          `SELECT table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS rights
           FROM information_schema.role_table_grants
           WHERE grantee = $1 AND table_name IN ('archives', 'personal_keys', 'events', 'log') GROUP BY 1 ORDER BY 1`,
          [later],
        );
        expect(rights).toEqual([
          { table_name: 'archives', rights: 'SELECT' },
          { table_name: 'events', rights: 'SELECT' },
          { table_name: 'log', rights: 'SELECT' },
          { table_name: 'personal_keys', rights: 'INSERT, SELECT' },
        ]);
      } finally {
        await db.query(`DROP OWNED BY ${later}`);
        await db.query(`DROP ROLE ${later}`);
      }
    });

    it('is not needed to be refused: events, log and checkpoints only grow for their owner too', async () => {
      await store.append(appendTo('s'));
      for (const table of ['events', 'log', 'checkpoints']) {
        await expect(db.query(`DELETE FROM ${table}`)).rejects.toThrow(
          `The table ${table} only grows: DELETE is refused.`,
        );
        await expect(db.query(`TRUNCATE ${table}`)).rejects.toThrow('TRUNCATE is refused');
      }
      await expect(db.query(`UPDATE events SET type = 'x'`)).rejects.toThrow('UPDATE is refused');
    });
  });

  describe('rival sequencers', () => {
    const APPEND = `SELECT kind FROM append_events(ARRAY[NULL], ARRAY[NULL], ARRAY[NULL], ARRAY[NULL], ARRAY['{}'], ARRAY[NULL]::json[],
      ARRAY[NULL]::json[], ARRAY[NULL]::json[], ARRAY[1], ARRAY[$1], ARRAY[0], ARRAY[1], ARRAY[1], ARRAY[$1],
      ARRAY[1], ARRAY[gen_random_uuid()], ARRAY['configuration_disabled'], ARRAY[1], ARRAY['{}'], 0)`;
    const SEQUENCE = 'SELECT tickets, positions FROM sequence_pending(100, $1)';
    const fill = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await db.query(APPEND, [`s${i}`]);
    };

    /** A pass that has written its positions and does not commit them until told, or killed. */
    async function passThatHangs(): Promise<{ pid: number; end: () => void; ended: Promise<unknown> }> {
      let end: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (end = resolve));
      let started: (pid: number) => void = () => undefined;
      const pid = new Promise<number>((resolve) => (started = resolve));
      const work = async (transaction: SqlExecutor): Promise<void> => {
        const [row] = await transaction.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await transaction.query(SEQUENCE, [true]);
        started(row?.pid ?? 0);
        await gate;
        await transaction.query('SELECT 1');
      };
      const ended = db.transaction(work).catch((error: unknown) => error);
      return { pid: await pid, end, ended };
    }

    it('cannot both write: one waits or leaves, and the one that waited goes on where the other ended', async () => {
      await store.stop();
      await fill(3);
      const first = await passThatHangs();
      expect(await db.query(SEQUENCE, [false])).toEqual([{ tickets: [], positions: [] }]);
      const waiting = db.query<{ positions: string[] }>(SEQUENCE, [true]);
      await db.query(APPEND, ['late']);
      expect(await Promise.race([waiting.then(() => 'RAN'), setTimeout(150, 'WAITS')])).toBe('WAITS');
      first.end();
      expect((await waiting)[0]?.positions).toEqual(['4']);
      expect(await positions()).toEqual([1n, 2n, 3n, 4n]);
    });

    it('let a rival go on at once when the one that writes is killed, and nothing of it remains', async () => {
      await store.stop();
      await fill(3);
      const first = await passThatHangs();
      const waiting = db.query<{ positions: string[] }>(SEQUENCE, [true]);
      await setTimeout(50);
      const killed = performance.now();
      await db.query('SELECT pg_terminate_backend($1)', [first.pid]);
      expect((await waiting)[0]?.positions).toEqual(['1', '2', '3']);
      expect(performance.now() - killed).toBeLessThan(2_000);
      first.end();
      expect(await first.ended).toBeInstanceOf(Error);
      expect(await positions()).toEqual([1n, 2n, 3n]);
    });

    it('are stopped by the log itself where one goes round the lock', async () => {
      await store.append(appendTo('s'));
      const [row] = await db.query<{ hash: Buffer }>('SELECT hash FROM log');
      const stale = db.query(`INSERT INTO log (position, stream, version, hash) VALUES (1, 'other', 1, $1)`, [
        row?.hash,
      ]);
      await expect(stale).rejects.toMatchObject({ code: '23505' });
    });

    it('show how far they are behind', async () => {
      expect(store.lag).toEqual({ tickets: 0, seconds: 0 });
      const first = await passThatHangs();
      await fill(4);
      for (let waited = 0; store.lag.tickets < 4 && waited < 200; waited++) await setTimeout(10);
      await setTimeout(100);
      expect(store.lag.tickets).toBe(4);
      expect(store.lag.seconds).toBeGreaterThan(0.05);
      first.end();
      for (let waited = 0; store.lag.tickets > 0 && waited < 200; waited++) await setTimeout(10);
      expect(store.lag).toEqual({ tickets: 0, seconds: 0 });
      expect(await positions()).toEqual([1n, 2n, 3n, 4n]);
    });
  });
});
