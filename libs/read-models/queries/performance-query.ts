import type { SqlExecutor } from '#platform';
import {
  PERFORMANCE_AGGREGATES,
  type PerformanceAggregate,
  SUMMED,
  TOTAL_COLUMNS,
} from '../aggregates/performance-aggregates.js';
import type { ReadStorage } from '../storage.js';
import { wireTime, exactTime } from './times.js';

/** Widths of a bucket and their minutes. */
export const PERFORMANCE_BUCKETS = {
  '1m': 1,
  '5m': 5,
  '15m': 15,
  '1h': 60,
  '6h': 360,
  '1d': 1_440,
  '7d': 10_080,
} as const;

export type PerformanceBucket = keyof typeof PERFORMANCE_BUCKETS;

export interface PerformanceQuery {
  readonly bucket: PerformanceBucket;
  /** RFC 3339; included */
  readonly from: string;
  /** RFC 3339; excluded */
  readonly to: string;
}

/** Means weigh each coordination alike. A bucket in which nothing was coordinated is absent. */
export interface PerformanceRow {
  /** the start of the bucket */
  readonly timestamp: string;
  readonly coordination_quality: number;
  readonly avg_processing_time_ms: number;
  readonly max_processing_time_ms: number;
  /** over the whole width of the bucket */
  readonly decisions_per_minute: number;
  readonly portfolio_utilization: number;
  readonly risk_budget_utilization: number;
  readonly coordinations: number;
  readonly decisions: number;
  readonly signals_processed: number;
  readonly signals_rejected: number;
}

/** A Monday, so that weeks begin on one. */
const ORIGIN = '2000-01-03T00:00:00Z';

/**
 * Whole buckets are read from the widest continuous aggregate that fits them, as far as it is refreshed; the edges of the
 * range and what is newer from the minutes. The sums are exact, so that both ways give the same digits.
 *
 * TimescaleDB buckets by time_bucket, else Postgres by its own date_bin: the same buckets.
 */
export async function queryPerformance(
  database: SqlExecutor,
  { bucket, from, to }: PerformanceQuery,
  { timescale, aggregates }: Pick<ReadStorage, 'timescale' | 'aggregates'>,
): Promise<readonly PerformanceRow[]> {
  const binned = `${timescale ? 'time_bucket' : 'date_bin'}($1::interval, "timestamp", $2::timestamptz)`;
  const minutes = PERFORMANCE_BUCKETS[bucket];
  const aggregate = aggregates ? PERFORMANCE_AGGREGATES.find((each) => minutes % each.minutes === 0) : undefined;
  const rows = await database.query<PerformanceRow>(
    `${aggregate === undefined ? '' : partition(aggregate)}
     SELECT ${exactTime('start')} AS "timestamp",
            (quality_sum / coordinations)::float8 AS coordination_quality,
            (processing_time_ms_sum / coordinations)::float8 AS avg_processing_time_ms,
            processing_time_ms_max::float8 AS max_processing_time_ms,
            (decisions / $5::numeric)::float8 AS decisions_per_minute,
            (utilization_sum / coordinations)::float8 AS portfolio_utilization,
            (risk_budget_sum / coordinations)::float8 AS risk_budget_utilization,
            coordinations::float8 AS coordinations, decisions::float8 AS decisions,
            signals_processed::float8 AS signals_processed, signals_rejected::float8 AS signals_rejected
     FROM (
       SELECT ${binned} AS start, ${SUMMED} FROM (${aggregate === undefined ? MINUTES : parts(aggregate)}) AS rows
       GROUP BY 1
     ) AS binned
     ORDER BY start`,
    [`${minutes} minutes`, ORIGIN, from, to, minutes],
  );
  return rows.map((row) => ({ ...row, timestamp: wireTime(row.timestamp) }));
}

const MINUTES = `SELECT "timestamp", ${TOTAL_COLUMNS} FROM coordination_performance_ts
  WHERE "timestamp" >= $3::timestamptz AND "timestamp" < $4::timestamptz`;

/** `first` to `last` is what the aggregate answers; empty, and at the end of the range or before, where it cannot. */
const partition = ({ name, unit }: PerformanceAggregate): string => `
  WITH whole AS (
    SELECT least(date_trunc('${unit}', $3::timestamptz + interval '1 ${unit}' - interval '1 microsecond'),
                 $4::timestamptz) AS first,
           least(date_trunc('${unit}', $4::timestamptz),
                 (SELECT refreshed_until FROM performance_aggregates WHERE aggregate = '${name}')) AS until,
           (SELECT refreshed_until FROM performance_aggregates WHERE aggregate = '${name}') IS NULL AS none
  ), bounds AS (
    SELECT first, CASE WHEN none THEN first ELSE greatest(first, until) END AS last FROM whole
  )`;

const parts = ({ name }: PerformanceAggregate): string => `
  SELECT bucket AS "timestamp", ${TOTAL_COLUMNS} FROM ${name}
  WHERE bucket >= (SELECT first FROM bounds) AND bucket < (SELECT last FROM bounds)
  UNION ALL
  SELECT "timestamp", ${TOTAL_COLUMNS} FROM coordination_performance_ts
  WHERE "timestamp" >= $3::timestamptz AND "timestamp" < (SELECT first FROM bounds)
  UNION ALL
  SELECT "timestamp", ${TOTAL_COLUMNS} FROM coordination_performance_ts
  WHERE "timestamp" >= (SELECT last FROM bounds) AND "timestamp" < $4::timestamptz`;
