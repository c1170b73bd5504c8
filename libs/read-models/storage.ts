import type { SqlExecutor } from '#platform';

/** How the server keeps the tables of the query side. */
export interface ReadStorage {
  /** true where the decisions and the performance are hypertables */
  readonly timescale: boolean;
  readonly timescaleVersion: string | null;
  readonly hypertables: readonly HypertableDescription[];
  /** true where the performance is aggregated by hour and day; TimescaleDB of the Apache edition cannot */
  readonly aggregates: boolean;
}

export interface HypertableDescription {
  readonly table: string;
  /** time a chunk covers, such as `1 day` */
  readonly chunkInterval: string;
  /** hash partitions, by column; null where there is time alone */
  readonly partitions: { readonly column: string; readonly count: number } | null;
}

/**
 * Whether the tables are partitioned by TimescaleDB or plain. Plain ones answer every query too, but nothing prunes or
 * compresses them: a process says so when it starts.
 */
export async function describeStorage(database: SqlExecutor): Promise<ReadStorage> {
  const [extension] = await database.query<{ extversion: string }>(
    `SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'`,
  );
  if (extension === undefined) return { timescale: false, timescaleVersion: null, hypertables: [], aggregates: false };
  const dimensions = await database.query<{
    table: string;
    interval: string;
    column: string | null;
    count: number | null;
  }>(
    `SELECT at.hypertable_name AS table, at.time_interval::text AS interval,
            by.column_name AS column, by.num_partitions::int4 AS count
     FROM timescaledb_information.dimensions AS at
     LEFT JOIN timescaledb_information.dimensions AS by
       ON by.hypertable_schema = at.hypertable_schema AND by.hypertable_name = at.hypertable_name
      AND by.dimension_type = 'Space'
     WHERE at.dimension_type = 'Time' AND at.hypertable_schema = current_schema()
       AND at.hypertable_name IN ('coordination_decisions_ts', 'coordination_performance_ts')
     ORDER BY 1`,
  );
  const [made] = await database.query<{ aggregates: boolean }>(
    `SELECT to_regclass('coordination_performance_1h') IS NOT NULL AS aggregates`,
  );
  const hypertables = dimensions.map(({ table, interval, column, count }) => ({
    table,
    chunkInterval: interval,
    partitions: column === null || count === null ? null : { column, count },
  }));
  return {
    timescale: hypertables.length === 2,
    timescaleVersion: extension.extversion,
    hypertables,
    aggregates: made?.aggregates ?? false,
  };
}
