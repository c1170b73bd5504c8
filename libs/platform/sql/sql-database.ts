/**
 * The one way to a SQL database: a Postgres server through TypeORM's connections, or the embedded TimescaleDB.
 * Parameters are `$1, $2, ...`; values are passed, never spliced. Timestamps, bigints and numerics come back as text:
 * cast what you need in the SQL, so that every adapter answers alike. The session's time zone is UTC.
 * A text without parameters may hold several statements, parted by `;`: they run in one transaction and return no rows.
 */
export interface SqlExecutor {
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]>;
  /** `COPY ... FROM STDIN` with the data as it goes over the wire; absent where the database has none (the embedded TimescaleDB). */
  copyIn?(statement: string, chunks: readonly Buffer[]): Promise<void>;
}

export interface QueryOptions {
  /**
   * Parsed once a connection, where the database can: for the few statements of a fixed text that run all the time. The
   * server keeps each as long as the connection lives.
   */
  readonly prepared?: boolean;
}

export interface SqlDatabase extends SqlExecutor {
  /**
   * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects.
   * Inside, use only the executor that is passed in: the embedded database has a single session.
   */
  transaction<T>(work: (transaction: SqlExecutor) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
