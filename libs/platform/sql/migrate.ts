import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { OperatorError } from '../operator-error.js';
import type { SqlDatabase, SqlExecutor } from './sql-database.js';

/** The advisory lock of every process of this program: the command side and the query side may share a database. */
export const MIGRATION_LOCK = 7_263_001;

export interface MigrationOptions {
  /** of the advisory lock: the same number for all folders that share a database */
  readonly lockKey: number;
}

export interface MigrationReport {
  /** names of those applied by this call */
  readonly applied: readonly string[];
  /** number of the newest migration in the database */
  readonly version: number;
}

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** hex */
  readonly sha256: string;
}

interface AppliedRow {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
}

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/**
 * Brings the database forward through the files `0001-name.sql`, `0002-...` of the folder, each in a transaction of its
 * own. Folders of different names may share a database. Any number of processes may call it at once: an advisory lock
 * lets one through at a time.
 * @throws OperatorError where a file that was applied has changed, or the database is newer than the files
 */
export async function migrate(db: SqlDatabase, folder: string, options: MigrationOptions): Promise<MigrationReport> {
  const migrations = await readMigrations(folder);
  const applied: string[] = [];
  // the lock ends with its transaction, so what is left to do is asked again under each
  for (;;) {
    const name = await db.transaction((transaction) => applyNext(transaction, migrations, folder, options.lockKey));
    if (name === null) return { applied, version: migrations.length };
    applied.push(name);
  }
}

/** How far a database is, which is not changed. */
export interface MigrationStatus {
  /** names of those that `migrate` would apply */
  readonly pending: readonly string[];
  /** number of the newest migration in the database; 0 where there is none */
  readonly version: number;
}

/** @throws OperatorError as `migrate` does */
export async function migrationStatus(db: SqlExecutor, folder: string): Promise<MigrationStatus> {
  const migrations = await readMigrations(folder);
  const rows = (await hasMigrationsTable(db)) ? await readApplied(db, folder) : [];
  checkApplied(rows, migrations, folder);
  return { pending: migrations.slice(rows.length).map(({ name }) => name), version: rows.length };
}

/** The name of the migration that was applied; null where none is left. */
async function applyNext(
  transaction: SqlExecutor,
  migrations: readonly Migration[],
  folder: string,
  lockKey: number,
): Promise<string | null> {
  // waiting for another process and rewriting a large table both take longer than a request may
  await transaction.query('SET LOCAL statement_timeout = 0');
  await transaction.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockKey]);
  // asked first: who may not make tables may still look whether the database is up to date
  if (!(await hasMigrationsTable(transaction))) await makeMigrationsTable(transaction);
  const rows = await readApplied(transaction, folder);
  checkApplied(rows, migrations, folder);
  const next = migrations[rows.length];
  if (next === undefined) return null;
  await transaction.query(next.sql).catch((error: unknown) => {
    throw new Error(`Migration ${next.name} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
  await transaction.query('INSERT INTO schema_migrations (folder, number, name, sha256) VALUES ($1, $2, $3, $4)', [
    basename(folder),
    next.number,
    next.name,
    next.sha256,
  ]);
  return next.name;
}

async function hasMigrationsTable(db: SqlExecutor): Promise<boolean> {
  const [present] = await db.query<{ made: boolean }>(`SELECT to_regclass('schema_migrations') IS NOT NULL AS made`);
  return present?.made === true;
}

/** By the folder's name alone: the same folder is elsewhere on every machine. */
function readApplied(db: SqlExecutor, folder: string): Promise<readonly AppliedRow[]> {
  return db.query<AppliedRow>('SELECT number, name, sha256 FROM schema_migrations WHERE folder = $1 ORDER BY number', [
    basename(folder),
  ]);
}

function makeMigrationsTable(transaction: SqlExecutor): Promise<unknown> {
  return transaction.query(
    `CREATE TABLE schema_migrations (
       folder text NOT NULL,
       number integer NOT NULL,
       name text NOT NULL,
       sha256 text NOT NULL,
       applied_at timestamptz NOT NULL DEFAULT now(),
       PRIMARY KEY (folder, number)
     )`,
  );
}

function checkApplied(rows: readonly AppliedRow[], migrations: readonly Migration[], folder: string): void {
  for (const [index, row] of rows.entries()) {
    const migration = migrations[index];
    if (migration === undefined) {
      throw new OperatorError(
        `The database is newer than this program: it has migration ${row.name}, and ${folder} ends before it.`,
      );
    }
    if (migration.name !== row.name || migration.sha256 !== row.sha256) {
      throw new OperatorError(
        `Migration ${migration.name} in ${folder} is not the file that was applied to the database as ${row.name}: restore it and add a new one.`,
      );
    }
  }
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const number = Number(FILE_NAME.exec(file)?.[1]);
      if (number !== index + 1) {
        throw new OperatorError(
          `${join(folder, file)} should be named ${String(index + 1).padStart(4, '0')}-name.sql: migrations are numbered without gaps.`,
        );
      }
      // a checkout may have changed the line ends, which change nothing
      const sql = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      return { number, name: basename(file, '.sql'), sql, sha256 };
    }),
  );
}
