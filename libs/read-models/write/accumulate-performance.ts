import type { PerformanceIncrement } from '#projections';
import type { BulkStatement } from './row-statements.js';

/** Totals of a minute, each with the field of the increment that it adds up. */
const COUNTS = ['coordinations', 'decisions', 'signals_processed', 'signals_rejected'] as const;
const SUMS = {
  quality_sum: 'coordination_quality',
  processing_time_ms_sum: 'processing_time_ms',
  utilization_sum: 'portfolio_utilization',
  risk_budget_sum: 'risk_budget_utilization',
} as const;

/** Published columns that are a sum over the number of coordinations. */
const MEANS = {
  coordination_quality: 'quality_sum',
  avg_processing_time_ms: 'processing_time_ms_sum',
  portfolio_utilization: 'utilization_sum',
  risk_budget_utilization: 'risk_budget_sum',
} as const;

const columns: readonly (keyof PerformanceIncrement)[] = ['timestamp', ...COUNTS, ...Object.values(SUMS)];
const entries = Object.entries;
const list = (parts: readonly string[]): string => parts.join(', ');

const totals = [...COUNTS, ...Object.keys(SUMS)];
const added = (total: string): string => `held.${total} + excluded.${total}`;

/**
 * Adds increments to their minutes. The sums are exact decimals, so that neither the order nor the grouping of the
 * increments leaves a trace: a replay in other batches ends in identical rows. A row is a minute, so that its number of
 * decisions is also their rate.
 */
export const ACCUMULATE_PERFORMANCE: BulkStatement = {
  columns,
  sql: `
    WITH increment AS (
      SELECT "timestamp"::timestamptz AS "timestamp",
             ${list(COUNTS.map((name) => `sum(${name}::bigint)::bigint AS ${name}`))},
             ${list(entries(SUMS).map(([sum, field]) => `sum(${field}::numeric) AS ${sum}`))},
             max(processing_time_ms::numeric) AS processing_time_ms_max
      FROM unnest(${list(columns.map((_, index) => `$${index + 1}::text[]`))})
        AS input(${list(columns.map((name) => `"${name}"`))})
      GROUP BY 1
    )
    INSERT INTO coordination_performance_ts AS held
      ("timestamp", ${list(totals)}, processing_time_ms_max, decisions_per_minute, ${list(Object.keys(MEANS))})
    SELECT "timestamp", ${list(totals)}, processing_time_ms_max, decisions,
           ${list(Object.values(MEANS).map((sum) => `${sum} / coordinations`))}
    FROM increment
    ON CONFLICT ("timestamp") DO UPDATE SET
      ${list(totals.map((total) => `${total} = ${added(total)}`))},
      processing_time_ms_max = greatest(held.processing_time_ms_max, excluded.processing_time_ms_max),
      decisions_per_minute = ${added('decisions')},
      ${list(entries(MEANS).map(([mean, sum]) => `${mean} = (${added(sum)}) / (${added('coordinations')})`))}`,
};
