import type { SqlDatabase, SqlExecutor } from '#platform';

/** A continuous aggregate over the minutes of `coordination_performance_ts`. */
export interface PerformanceAggregate {
  readonly name: string;
  readonly unit: 'hour' | 'day';
  readonly minutes: number;
}

/** Widest first: a query takes the first whose width divides its own. */
export const PERFORMANCE_AGGREGATES: readonly PerformanceAggregate[] = [
  { name: 'coordination_performance_1d', unit: 'day', minutes: 1_440 },
  { name: 'coordination_performance_1h', unit: 'hour', minutes: 60 },
];

export interface AggregateStatus {
  readonly name: string;
  /** RFC 3339; every bucket before it is read from the aggregate, the rest from the minutes; null for none */
  readonly refreshedUntil: string | null;
}

const TOTALS = [
  'coordinations',
  'decisions',
  'signals_processed',
  'signals_rejected',
  'quality_sum',
  'processing_time_ms_sum',
  'utilization_sum',
  'risk_budget_sum',
];

/** What a query sums up, over minutes and over buckets of an aggregate alike. */
export const SUMMED = [
  ...TOTALS.map((total) => `sum(${total}) AS ${total}`),
  'max(processing_time_ms_max) AS processing_time_ms_max',
].join(', ');

/** Columns of a minute and of a bucket, besides its time. */
export const TOTAL_COLUMNS = [...TOTALS, 'processing_time_ms_max'].join(', ');

/** Makes them in a schema whose performance table is a hypertable; those that are there stay. */
export async function createAggregates(transaction: SqlExecutor, schema: string): Promise<void> {
  for (const { name, unit } of PERFORMANCE_AGGREGATES) {
    await transaction.query(
      `CREATE MATERIALIZED VIEW IF NOT EXISTS ${schema}.${name}
       WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
       SELECT time_bucket('1 ${unit}'::interval, "timestamp") AS bucket, ${SUMMED}
       FROM ${schema}.coordination_performance_ts GROUP BY 1 WITH NO DATA`,
    );
    await transaction.query(
      `INSERT INTO ${schema}.performance_aggregates (aggregate) VALUES ($1) ON CONFLICT DO NOTHING`,
      [name],
    );
  }
}

/** In the order of their names; none where there is no TimescaleDB. */
export async function readAggregates(database: SqlExecutor): Promise<readonly AggregateStatus[]> {
  return database.query<{ name: string; refreshedUntil: string | null }>(
    `SELECT aggregate AS name, to_char(refreshed_until, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "refreshedUntil"
     FROM performance_aggregates ORDER BY aggregate`,
  );
}

/**
 * Brings every aggregate up to the last bucket that is over, in the time of the events. Other refreshes and folds may run
 * at the same time: what they change meanwhile makes this one count for nothing.
 *
 * @returns how many were brought further
 */
export async function refreshAggregates(database: SqlDatabase, schema: string): Promise<number> {
  let refreshed = 0;
  for (const { name } of await readAggregatesOf(database, schema)) {
    const refresh = await begin(database, schema, name);
    if (refresh === null) continue;
    // it commits by itself, so that it cannot be part of a transaction
    await database.query(
      `CALL refresh_continuous_aggregate('${schema}.${name}', ${timeOrNull(refresh.from)}, ${timeOrNull(refresh.until)})`,
    );
    const done = await database.query(
      `UPDATE ${schema}.performance_aggregates SET refreshed_until = $3::timestamptz, refreshing_until = NULL
       WHERE aggregate = $1 AND revision = $2::bigint RETURNING aggregate`,
      [name, refresh.revision, refresh.until],
    );
    refreshed += done.length;
  }
  return refreshed;
}

const timeOrNull = (time: string | null): string => (time === null ? 'NULL' : `timestamptz '${time}'`);

async function readAggregatesOf(database: SqlExecutor, schema: string): Promise<readonly PerformanceAggregate[]> {
  const rows = await database.query<{ name: string }>(`SELECT aggregate AS name FROM ${schema}.performance_aggregates`);
  const made = new Set(rows.map(({ name }) => name));
  return PERFORMANCE_AGGREGATES.filter(({ name }) => made.has(name));
}

interface Refresh {
  readonly from: string | null;
  readonly until: string;
  readonly revision: string;
}

/** null where there is nothing to do */
function begin(database: SqlDatabase, schema: string, name: string): Promise<Refresh | null> {
  const unit = PERFORMANCE_AGGREGATES.find((aggregate) => aggregate.name === name)?.unit ?? 'day';
  return database.transaction(async (transaction) => {
    const [due] = await transaction.query(
      `SELECT FROM ${schema}.performance_aggregates
       WHERE aggregate = $1 AND (refreshed_until IS NULL OR refreshed_until
         < (SELECT date_trunc('${unit}', max("timestamp")) FROM ${schema}.coordination_performance_ts))`,
      [name],
    );
    if (due === undefined) return null;
    // what is being folded is written first; whoever folds after this sees that a refresh is under way
    await transaction.query(`SELECT FROM ${schema}.projection_lanes ORDER BY lane FOR UPDATE`);
    const [row] = await transaction.query<Refresh>(
      `UPDATE ${schema}.performance_aggregates AS held
       SET revision = held.revision + 1, refreshing_until = newest.bucket
       FROM (SELECT date_trunc('${unit}', max("timestamp")) AS bucket
             FROM ${schema}.coordination_performance_ts) AS newest
       WHERE aggregate = $1 AND newest.bucket IS NOT NULL
       RETURNING refreshed_until::text AS from, refreshing_until::text AS until, revision::text AS revision`,
      [name],
    );
    return row ?? null;
  });
}
