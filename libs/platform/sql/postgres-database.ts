import pg, { type PoolClient } from 'pg';
import { DataSource, QueryFailedError, type QueryRunner } from 'typeorm';

import { OperatorError } from '../operator-error.js';
import { describeConnectionFailure } from './connection-failure.js';
import { CopyIn } from './copy-in.js';
import type { QueryOptions, SqlDatabase, SqlExecutor } from './sql-database.js';
import { columnParser, encodeParameter } from './sql-values.js';

export interface PostgresOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** connections, default 10 */
  readonly poolSize?: number;
  /** shown in pg_stat_activity */
  readonly applicationName?: string;
  /** the server gives up on a statement after this long; default 30,000, 0 for never */
  readonly statementTimeoutMs?: number;
  /** the server refuses every change; default false */
  readonly readOnly?: boolean;
  /** default 5,000 */
  readonly connectTimeoutMs?: number;
  /** a pooled connection was lost while idle; the next query opens another */
  readonly onConnectionLost?: (error: Error) => void;
}

/**
 * A connection that ends as soon as it is made, its error in the same packet, ends before anybody can listen; an error that
 * nobody listens to would end the process. The first query tells of it.
 */
class Connection extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/** @throws OperatorError where the server cannot be reached or refuses the credentials */
export async function createPostgresDatabase(options: PostgresOptions): Promise<SqlDatabase> {
  const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: options.connectTimeoutMs ?? 5_000,
    applicationName: options.applicationName ?? 'coordination',
    installExtensions: false,
    poolErrorHandler: (error: Error) => options.onConnectionLost?.(error),
    extra: {
      Client: Connection,
      keepAlive: true,
      statement_timeout: statementTimeoutMs,
      // a handler that hangs between two statements must not hold its locks for ever
      idle_in_transaction_session_timeout: 2 * statementTimeoutMs,
      options: `-c timezone=UTC${options.readOnly === true ? ' -c default_transaction_read_only=on' : ''}`,
      types: { getTypeParser: (oid: number) => columnParser(oid) },
    },
  });
  try {
    await source.initialize();
  } catch (error) {
    if (source.isInitialized) await source.destroy();
    throw new OperatorError(describeConnectionFailure(options.url, error), { cause: error });
  }
  return new PostgresDatabase(source);
}

class PostgresDatabase implements SqlDatabase {
  constructor(private readonly source: DataSource) {}

  async query<Row extends object>(
    sql: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    const runner = this.source.createQueryRunner();
    try {
      return await run<Row>(runner, sql, parameters, options);
    } finally {
      await runner.release();
    }
  }

  async transaction<T>(work: (transaction: SqlExecutor) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work({
        query: (sql, parameters, queryOptions) => run(runner, sql, parameters, queryOptions),
        copyIn: (statement, chunks) => copyIn(runner, statement, chunks),
      });
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // on a lost connection the rollback fails too: the server has rolled back by itself, and the first error is the one to tell
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }
}

async function run<Row extends object>(
  runner: QueryRunner,
  sql: string,
  parameters?: readonly unknown[],
  options: QueryOptions = {},
): Promise<Row[]> {
  if (options.prepared === true) return runPrepared(runner, sql, parameters);
  try {
    const result = await runner.query(sql, parameters?.map(encodeParameter), true);
    return result.records as Row[];
  } catch (error) {
    // the wrapper carries the parameters, which do not belong into logs
    throw error instanceof QueryFailedError ? error.driverError : error;
  }
}

/** names of prepared statements, by their text: a fixed few */
const statementNames = new Map<string, string>();

async function runPrepared<Row extends object>(
  runner: QueryRunner,
  text: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  let name = statementNames.get(text);
  if (name === undefined) statementNames.set(text, (name = `prepared_${statementNames.size + 1}`));
  const client = (await runner.connect()) as PoolClient;
  return (await client.query<Row>({ name, text, values: parameters.map(encodeParameter) })).rows;
}

async function copyIn(runner: QueryRunner, statement: string, chunks: readonly Buffer[]): Promise<void> {
  const client = (await runner.connect()) as PoolClient;
  await client.query(new CopyIn(statement, chunks)).done;
}
