import { listed, recordset, recordsetParameter, type Row, type Statement } from './row-statements.js';

/** Totals of a minute, each with the field of the increment that it adds up. */
const COUNTS = ['coordinations', 'decisions', 'signals_processed', 'signals_rejected'];
const SUMS = {
  quality_sum: 'coordination_quality',
  processing_time_ms_sum: 'processing_time_ms',
  utilization_sum: 'portfolio_utilization',
  risk_budget_sum: 'risk_budget_utilization',
};

/** Published columns that are a sum over the number of coordinations. */
const MEANS = {
  coordination_quality: 'quality_sum',
  avg_processing_time_ms: 'processing_time_ms_sum',
  portfolio_utilization: 'utilization_sum',
  risk_budget_utilization: 'risk_budget_sum',
};

const columns = {
  timestamp: 'timestamptz',
  ...Object.fromEntries(COUNTS.map((name) => [name, 'bigint'])),
  ...Object.fromEntries(Object.values(SUMS).map((name) => [name, 'numeric'])),
};
const totals = [...COUNTS, ...Object.keys(SUMS)];
const pairs = (record: object, of: (name: string, from: string) => string): string =>
  Object.entries(record)
    .map(([name, from]) => of(name, String(from)))
    .join(', ');
const added = (total: string): string => `held.${total} + excluded.${total}`;

/** What is aggregated up to a later time than the first of these minutes is so no more; changes no row where nothing is. */
const OVERTAKE_AGGREGATES = `
    UPDATE performance_aggregates AS held
    SET revision = revision + 1,
        refreshed_until = CASE WHEN refreshed_until IS NULL THEN NULL
          ELSE least(refreshed_until, date_trunc('day', time.first)) END
    FROM (SELECT min("timestamp") AS first FROM increment) AS time
    WHERE greatest(refreshed_until, refreshing_until) > time.first`;

const SQL = `
  WITH increment AS (
    SELECT "timestamp",
           ${listed(COUNTS, (name) => `sum(${name})::bigint AS ${name}`)},
           ${pairs(SUMS, (sum, field) => `sum(${field}) AS ${sum}`)},
           max(processing_time_ms) AS processing_time_ms_max
    FROM ${recordset(columns)}
    GROUP BY "timestamp"
  ), overtaken AS (
    ${OVERTAKE_AGGREGATES}
  )
  INSERT INTO coordination_performance_ts AS held
    ("timestamp", ${listed(totals)}, processing_time_ms_max, decisions_per_minute, ${listed(Object.keys(MEANS))})
  SELECT "timestamp", ${listed(totals)}, processing_time_ms_max, decisions,
         ${pairs(MEANS, (_, sum) => `${sum} / coordinations`)}
  FROM increment
  -- every transaction takes its minutes in one order, so that none waits for one that waits for it
  ORDER BY "timestamp"
  ON CONFLICT ("timestamp") DO UPDATE SET
    ${listed(totals, (total) => `${total} = ${added(total)}`)},
    processing_time_ms_max = greatest(held.processing_time_ms_max, excluded.processing_time_ms_max),
    decisions_per_minute = ${added('decisions')},
    ${pairs(MEANS, (mean, sum) => `${mean} = (${added(sum)}) / (${added('coordinations')})`)}`;

/**
 * Adds increments to their minutes. The sums are exact decimals, so that neither the order nor the grouping of the
 * increments leaves a trace: a replay in other batches ends in identical rows. A row is a minute, so that its number of
 * decisions is also their rate.
 */
export const accumulateStatement = (rows: readonly Row[]): Statement => ({
  sql: SQL,
  parameters: [recordsetParameter(rows)],
});
