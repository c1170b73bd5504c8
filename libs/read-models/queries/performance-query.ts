import type { SqlExecutor } from '#platform';
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

/** @param timescale buckets by time_bucket, else by Postgres' own date_bin: the same buckets */
export async function queryPerformance(
  database: SqlExecutor,
  { bucket, from, to }: PerformanceQuery,
  timescale: boolean,
): Promise<readonly PerformanceRow[]> {
  const binned = `${timescale ? 'time_bucket' : 'date_bin'}($1::interval, "timestamp", $2::timestamptz)`;
  const minutes = PERFORMANCE_BUCKETS[bucket];
  const rows = await database.query<PerformanceRow>(
    `SELECT ${exactTime('start')} AS "timestamp",
            (quality / coordinations)::float8 AS coordination_quality,
            (processing_time_ms / coordinations)::float8 AS avg_processing_time_ms,
            processing_time_ms_max::float8 AS max_processing_time_ms,
            (decisions / $5::numeric)::float8 AS decisions_per_minute,
            (utilization / coordinations)::float8 AS portfolio_utilization,
            (risk_budget / coordinations)::float8 AS risk_budget_utilization,
            coordinations::float8 AS coordinations, decisions::float8 AS decisions,
            signals_processed::float8 AS signals_processed, signals_rejected::float8 AS signals_rejected
     FROM (
       SELECT ${binned} AS start, sum(coordinations) AS coordinations, sum(decisions) AS decisions,
              sum(signals_processed) AS signals_processed, sum(signals_rejected) AS signals_rejected,
              sum(quality_sum) AS quality, sum(processing_time_ms_sum) AS processing_time_ms,
              max(processing_time_ms_max) AS processing_time_ms_max,
              sum(utilization_sum) AS utilization, sum(risk_budget_sum) AS risk_budget
       FROM coordination_performance_ts
       WHERE "timestamp" >= $3::timestamptz AND "timestamp" < $4::timestamptz
       GROUP BY 1
     ) AS binned
     ORDER BY start`,
    [`${minutes} minutes`, ORIGIN, from, to, minutes],
  );
  return rows.map((row) => ({ ...row, timestamp: wireTime(row.timestamp) }));
}
