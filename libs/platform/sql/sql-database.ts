/**
 * The one way to a SQL database: a Postgres server through TypeORM's connections, or the embedded TimescaleDB.
 * Parameters are `$1, $2, ...`; values are passed, never spliced. Timestamps, bigints and numerics come back as text:
 * cast what you need in the SQL, so that every adapter answers alike.
 */
export interface SqlExecutor {
  query<Row extends object = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface SqlDatabase extends SqlExecutor {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
  transaction<T>(work: (transaction: SqlExecutor) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
