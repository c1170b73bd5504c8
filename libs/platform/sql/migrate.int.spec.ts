import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres, withTimescale } from '#testing';

const options = { lockKey: 7_001 };

function migrations(open: () => Promise<SqlDatabase>): void {
  let db: SqlDatabase;
  let folder: string;

  beforeAll(async () => {
    db = await open();
  });

  beforeEach(async () => {
    await db.query('DROP TABLE IF EXISTS schema_migrations, a, b, c');
    folder = await mkdtemp(join(tmpdir(), 'migrations-'));
    await write('0001-a.sql', 'CREATE TABLE a (x int); INSERT INTO a VALUES (1);');
    await write('0002-b.sql', 'CREATE TABLE b AS SELECT x + 1 AS x FROM a;');
  });

  afterEach(() => rm(folder, { recursive: true }));

  const write = (name: string, sql: string): Promise<void> => writeFile(join(folder, name), sql);

  it('applies what is new, in order, once', async () => {
    expect(await migrate(db, folder, options)).toEqual({ applied: ['0001-a', '0002-b'], version: 2 });
    expect(await migrate(db, folder, options)).toEqual({ applied: [], version: 2 });
    await write('0003-c.sql', 'CREATE TABLE c AS SELECT x + 1 AS x FROM b;');
    expect(await migrate(db, folder, options)).toEqual({ applied: ['0003-c'], version: 3 });
    expect(await db.query('SELECT x FROM c')).toEqual([{ x: 3 }]);
  });

  it('refuses a file that changed after it was applied, but not its line ends', async () => {
    await migrate(db, folder, options);
    await write('0001-a.sql', 'CREATE TABLE a (x int); INSERT INTO a VALUES (2);');
    await expect(migrate(db, folder, options)).rejects.toThrow(
      '0001-a in ' + folder + ' is not the file that was applied',
    );

    await db.query('DROP TABLE schema_migrations, a, b');
    await write('0001-a.sql', 'CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\n');
    await migrate(db, folder, options);
    await write('0001-a.sql', 'CREATE TABLE a (x int);\r\nINSERT INTO a VALUES (1);\r\n');
    expect(await migrate(db, folder, options)).toEqual({ applied: [], version: 2 });
  });

  it('refuses a database that is newer than the files', async () => {
    await migrate(db, folder, options);
    await rm(join(folder, '0002-b.sql'));
    await expect(migrate(db, folder, options)).rejects.toThrow('newer than this program: it has migration 0002-b');
  });

  it('undoes a migration that fails half way, and names it', async () => {
    await write('0003-c.sql', 'CREATE TABLE c (x int); SELECT nonsense;');
    await expect(migrate(db, folder, options)).rejects.toThrow('0003-c failed: column "nonsense" does not exist');
    expect(await db.query(`SELECT to_regclass('c') AS c, max(number) AS last FROM schema_migrations`)).toEqual([
      { c: null, last: 2 },
    ]);
  });

  it('refuses a gap in the numbers', async () => {
    await write('0004-c.sql', 'SELECT 1');
    await expect(migrate(db, folder, options)).rejects.toThrow('0003-name.sql');
  });
}

describe('migrate on a Postgres server', () => {
  const postgres = withPostgres();
  migrations(() => postgres.open());

  it('applies each migration once when several processes start together', async () => {
    const starting = await Promise.all(Array.from({ length: 4 }, () => postgres.open({ poolSize: 1 })));
    const [db] = starting as [SqlDatabase];
    await db.query('DROP TABLE IF EXISTS schema_migrations; DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const reports = await Promise.all(starting.map((each) => migrate(each, migrationsFolder('command'), options)));
    const applied = reports.flatMap((report) => report.applied);
    expect(applied.length).toBeGreaterThan(0);
    expect(new Set(applied).size).toBe(applied.length);
  });
});

describe('migrate on the embedded TimescaleDB', () => {
  const timescale = withTimescale();
  migrations(async () => timescale.db);
});
