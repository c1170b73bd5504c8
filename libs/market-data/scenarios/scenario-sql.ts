/** Where the bars are, and the price factors of splits and distributions; null where there are none. */
export interface HistoryFiles {
  readonly bars: string;
  readonly splits: string | null;
}

const parquet = (files: string): string => `read_parquet('${files.replaceAll("'", "''")}', hive_partitioning = true)`;

/**
 * The statements of a scan, in order. They read the temporary table `weights` (portfolio, instrument_id, weight) and make
 * `calendar` (every day with bars, numbered) and `scenario_days` (portfolio, day, return): a return is that from one day of the
 * calendar to the next, splits between them taken out; what has none stands aside, the rest standing for it in proportion,
 * and a day with less than 90 % of the gross weight is left out. Instruments and days are numbers in the joins, which take
 * a tenth of the time so.
 */
export function scenarioDaysSql(files: HistoryFiles): readonly string[] {
  const bars = parquet(files.bars);
  const splits =
    files.splits === null
      ? '(SELECT NULL::VARCHAR AS instrument_id, NULL::DATE AS day, NULL::DOUBLE AS price_factor LIMIT 0)'
      : parquet(files.splits);
  return [
    `CREATE TEMP TABLE calendar AS
      SELECT CAST(row_number() OVER (ORDER BY day) AS INTEGER) AS t, day FROM (SELECT DISTINCT day FROM ${bars})`,
    `CREATE TEMP TABLE instruments AS
      SELECT CAST(row_number() OVER (ORDER BY instrument_id) AS INTEGER) AS i, instrument_id
      FROM (SELECT DISTINCT instrument_id FROM weights)`,
    `CREATE TEMP TABLE held AS
      SELECT i, t, close FROM ${bars} JOIN instruments USING (instrument_id) JOIN calendar USING (day) WHERE close > 0`,
    // one of a day without bars counts on the next that has some
    `CREATE TEMP TABLE factors AS
      SELECT i, t, product(price_factor) AS factor FROM (
        SELECT i, price_factor, (SELECT min(t) FROM calendar WHERE calendar.day >= splits.day) AS t
        FROM ${splits} AS splits JOIN instruments USING (instrument_id)
      ) WHERE t IS NOT NULL GROUP BY i, t`,
    `CREATE TEMP TABLE returns AS
      SELECT today.i, today.t, today.close / (yesterday.close * coalesce(factor, 1)) - 1 AS return
      FROM held AS today JOIN held AS yesterday ON yesterday.i = today.i AND yesterday.t = today.t - 1
      LEFT JOIN factors ON factors.i = today.i AND factors.t = today.t`,
    `CREATE TEMP TABLE scenario_days AS
      WITH gross AS (SELECT portfolio, fsum(abs(weight)) AS gross FROM weights GROUP BY portfolio),
      covered AS (
        SELECT portfolio, t, fsum(weight * return) AS return, fsum(abs(weight)) AS covered
        FROM returns JOIN instruments USING (i) JOIN weights USING (instrument_id)
        GROUP BY portfolio, t
      )
      SELECT portfolio, CAST(day AS VARCHAR) AS day, return * (gross / covered) AS return
      FROM covered JOIN gross USING (portfolio) JOIN calendar USING (t)
      WHERE covered >= (0.9 - 1e-9) * gross
      ORDER BY portfolio, day`,
  ];
}

/** `runs`: the days with what the last 5 and 20 of them made together. */
export const RUNS_SQL = `
  CREATE TEMP TABLE runs AS
  SELECT portfolio, day, return,
    CASE WHEN count(*) OVER week = 5 THEN product(1 + return) OVER week - 1 END AS return5,
    first_value(day) OVER week AS from5,
    CASE WHEN count(*) OVER month = 20 THEN product(1 + return) OVER month - 1 END AS return20,
    first_value(day) OVER month AS from20
  FROM scenario_days
  WINDOW
    week AS (PARTITION BY portfolio ORDER BY day ROWS BETWEEN 4 PRECEDING AND CURRENT ROW),
    month AS (PARTITION BY portfolio ORDER BY day ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)`;

export const SPAN_SQL = `
  SELECT CAST(count(*) AS INTEGER) AS days, CAST(min(day) AS VARCHAR) AS first_day, CAST(max(day) AS VARCHAR) AS last_day
  FROM calendar`;

/** rank 1 is the worst day; m = ceil(0.05 T), whole but for rounding being whole */
const RANKED = `
  ranked AS (
    SELECT portfolio, day, return,
      row_number() OVER (PARTITION BY portfolio ORDER BY return, day) AS place,
      count(*) OVER (PARTITION BY portfolio) AS days
    FROM scenario_days
  )`;

/** VaR is the m-th worst loss; CVaR the mean of the worst 0.05 T, the m-th counting for what is left (Rockafellar and Uryasev 2002). */
export const TAIL_SQL = `
  WITH ${RANKED}, tail AS (
    SELECT *, 0.05 * days AS size, ceil(0.05 * days - 1e-9) AS m FROM ranked
  )
  SELECT portfolio, CAST(any_value(days) AS INTEGER) AS days,
    -any_value(return) FILTER (place = m) AS var_95,
    -sum(CASE WHEN place < m THEN return WHEN place = m THEN (size - (m - 1)) * return ELSE 0 END ORDER BY place)
      / any_value(size) AS cvar_95
  FROM tail GROUP BY portfolio ORDER BY portfolio`;

export const QUANTILES_SQL = `
  WITH ${RANKED}
  SELECT portfolio, probability, return
  FROM ranked, (SELECT unnest([0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]) AS probability)
  WHERE place = ceil(probability * days - 1e-9)
  ORDER BY portfolio, probability`;

export const WORST_DAYS_SQL = `
  WITH ${RANKED}
  SELECT portfolio, day, return FROM ranked WHERE place <= 5 ORDER BY portfolio, place`;
