import { setTimeout } from 'node:timers/promises';

import { createPostgresDatabase, type SqlDatabase } from '#platform';
import { withPostgres, withTimescale } from '#testing';

function aSqlDatabase(open: () => Promise<SqlDatabase>): void {
  let db: SqlDatabase;

  beforeAll(async () => {
    db = await open();
    await db.query('CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL)');
  });

  beforeEach(async () => {
    await db.query('DELETE FROM notes');
  });

  it('returns rows for select, insert, update and delete', async () => {
    expect(await db.query('INSERT INTO notes VALUES ($1, $2) RETURNING id', [1, 'one'])).toEqual([{ id: 1 }]);
    expect(await db.query('UPDATE notes SET body = $1 RETURNING id, body', ['two'])).toEqual([{ id: 1, body: 'two' }]);
    expect(await db.query('DELETE FROM notes RETURNING body')).toEqual([{ body: 'two' }]);
    expect(await db.query('SELECT * FROM notes')).toEqual([]);
  });

  it('brings values back in one form', async () => {
    const [row] = await db.query(`
      SELECT true AS flag, 7::int2 AS small, 2147483647 AS int, 0.1::float8 AS double, 1e20::float8 AS large,
        9007199254740993::int8 AS big, 1.10::numeric AS exact, timestamptz '2026-01-02 03:04:05.678+02' AS moment,
        date '2026-01-02' AS day, '{"b":[1,null]}'::json AS doc, '{"a":1}'::jsonb AS docb, 'x'::varchar(3) AS short,
        '\\x00ff'::bytea AS bytes, ARRAY['a,"b', NULL] AS texts, ARRAY[1.5, 2]::float8[] AS doubles,
        ARRAY[9007199254740993]::int8[] AS bigs, ARRAY[timestamptz '2026-01-02 00:00Z'] AS moments, NULL AS nothing,
        '6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid AS id, interval '1 day' AS span`);
    expect(row).toEqual({
      flag: true,
      small: 7,
      int: 2147483647,
      double: 0.1,
      large: 1e20,
      big: '9007199254740993',
      exact: '1.10',
      moment: '2026-01-02 01:04:05.678+00',
      day: '2026-01-02',
      doc: { b: [1, null] },
      docb: { a: 1 },
      short: 'x',
      bytes: Buffer.from([0, 255]),
      texts: ['a,"b', null],
      doubles: [1.5, 2],
      bigs: ['9007199254740993'],
      moments: ['2026-01-02 00:00:00+00'],
      nothing: null,
      id: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
      span: '1 day',
    });
  });

  it('takes parameters of every kind', async () => {
    const [row] = await db.query(
      `SELECT $1::bool AS flag, $2::float8 AS double, $3::int8 AS big, $4::jsonb AS doc, $5::text[] AS texts,
         $6::float8[] AS doubles, $7::timestamptz AS moment, $8::bytea AS bytes, $9::int AS nothing, $10::text AS text`,
      [
        true,
        0.1 + 0.2,
        9007199254740993n,
        { a: ['ä'] },
        ['a"b\\c', null, '', 'NULL'],
        [1.5, Number.NaN],
        new Date('2026-01-02T03:04:05.678Z'),
        Buffer.from([0, 255]),
        undefined,
        `'; DROP TABLE notes; --`,
      ],
    );
    expect(row).toEqual({
      flag: true,
      double: 0.1 + 0.2,
      big: '9007199254740993',
      doc: { a: ['ä'] },
      texts: ['a"b\\c', null, '', 'NULL'],
      doubles: [1.5, Number.NaN],
      moment: '2026-01-02 03:04:05.678+00',
      bytes: Buffer.from([0, 255]),
      nothing: null,
      text: `'; DROP TABLE notes; --`,
    });
  });

  it('inserts many rows by unnest', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => index);
    await db.query('INSERT INTO notes SELECT * FROM unnest($1::int[], $2::text[])', [ids, ids.map(String)]);
    expect(await db.query('SELECT count(*)::int AS count, sum(id)::int AS sum FROM notes')).toEqual([
      { count: 1000, sum: 499500 },
    ]);
  });

  it('runs several statements of a text without parameters', async () => {
    await db.query(`INSERT INTO notes VALUES (1, 'a;b'); INSERT INTO notes VALUES (2, 'c')`);
    expect(await db.query('SELECT id FROM notes ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('commits what resolves and rolls back what rejects', async () => {
    const answer = await db.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO notes VALUES (1, 'kept')`);
      return 42;
    });
    expect(answer).toBe(42);
    const refused = db.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO notes VALUES (2, 'dropped')`);
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect(await db.query('SELECT body FROM notes')).toEqual([{ body: 'kept' }]);
  });

  it('rolls back after a failed statement, tells the SQLSTATE and keeps working', async () => {
    const failed = db.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO notes VALUES (1, 'one')`);
      await transaction.query(`INSERT INTO notes VALUES (1, 'again')`);
    });
    await expect(failed).rejects.toMatchObject({ code: '23505', constraint: 'notes_pkey' });
    expect(await db.query('SELECT count(*)::int AS count FROM notes')).toEqual([{ count: 0 }]);
    await expect(db.query('SELECT nonsense')).rejects.toMatchObject({ code: '42703' });
    expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('keeps concurrent transactions apart', async () => {
    await db.query(`INSERT INTO notes VALUES (1, '0')`);
    const increment = () =>
      db.transaction(async (transaction) => {
        const rows = await transaction.query<{ body: string }>('SELECT body FROM notes WHERE id = 1 FOR UPDATE');
        await transaction.query('UPDATE notes SET body = $1 WHERE id = 1', [Number(rows[0]?.body) + 1]);
      });
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(await db.query('SELECT body FROM notes')).toEqual([{ body: '20' }]);
  });
}

describe('SqlDatabase on a Postgres server', () => {
  const postgres = withPostgres();
  aSqlDatabase(() => postgres.open({ poolSize: 4 }));

  it('says in one sentence what is wrong with the server, never the password', async () => {
    const { port } = new URL(postgres.url);
    const failure = (change: Partial<URL>) =>
      createPostgresDatabase({ url: Object.assign(new URL(postgres.url), change).href }).then(
        () => 'connected',
        (error: Error) => error.message,
      );
    expect(await failure({ port: '1' })).toBe('Postgres at 127.0.0.1:1 cannot be reached: connection refused.');
    expect(await failure({ password: 'wrong-secret' })).toBe(
      `Postgres at 127.0.0.1:${port} refused the user coordination or the password.`,
    );
    expect(await failure({ pathname: '/nowhere' })).toBe(`Postgres at 127.0.0.1:${port} has no database nowhere.`);
  });

  it('gives up on a statement after its time', async () => {
    const db = await postgres.open({ poolSize: 1, statementTimeoutMs: 100 });
    await expect(db.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
  });

  it('copies rows in, and takes another statement after a copy that failed', async () => {
    const db = await postgres.open({ poolSize: 1 });
    await db.query('CREATE TABLE copied (id int PRIMARY KEY, body text)');
    const copy = (text: string) =>
      db.transaction((transaction) =>
        transaction.copyIn!('COPY copied FROM STDIN', [Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))]),
      );
    await copy('1\tone\n2\ttwo\n');
    await expect(copy('3\tthree\n1\tagain\n')).rejects.toMatchObject({ code: '23505' });
    await expect(copy('4\n')).rejects.toMatchObject({ code: '22P04' });
    expect(await db.query('SELECT body FROM copied ORDER BY id')).toEqual([{ body: 'one' }, { body: 'two' }]);
  });

  it('opens another connection after the server ended one', async () => {
    const db = await postgres.open({ poolSize: 1 });
    await expect(db.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
    await setTimeout(50);
    expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('SqlDatabase on the embedded TimescaleDB', () => {
  const timescale = withTimescale();
  aSqlDatabase(async () => timescale.db);

  it('has hypertables', async () => {
    await timescale.db.query(`CREATE TABLE ticks (at timestamptz NOT NULL, value float8)`);
    await timescale.db.query(`SELECT create_hypertable('ticks', by_range('at', interval '1 day'))`);
    await timescale.db.query(`INSERT INTO ticks VALUES ('2026-01-01', 1), ('2026-01-02', 2)`);
    expect(await timescale.db.query(`SELECT count(*)::int AS chunks FROM show_chunks('ticks')`)).toEqual([
      { chunks: 2 },
    ]);
  });

  it('refuses to wait for itself inside a transaction', async () => {
    await expect(timescale.db.transaction(() => timescale.db.query('SELECT 1'))).rejects.toThrow(
      'executor passed to it',
    );
  });
});
