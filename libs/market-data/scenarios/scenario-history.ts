import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import {
  type HistoryFiles,
  QUANTILES_SQL,
  RUNS_SQL,
  scenarioDaysSql,
  SPAN_SQL,
  TAIL_SQL,
  WORST_DAYS_SQL,
} from './scenario-sql.js';

/** Weights by instrument, fractions of NAV. */
export type ScenarioPortfolio = ReadonlyMap<string, number>;

/** What every kept day would have done to some portfolios. */
interface ScenarioScan {
  /** days with bars, one fewer returns; 0 where nothing is kept */
  readonly days: number;
  readonly firstDay?: string;
  readonly lastDay?: string;
  /** in the order asked for */
  readonly portfolios: readonly ScenarioRisk[];
}

/** Definitions as in the engine's historical simulation. */
export interface ScenarioRisk {
  /** T, days that could be used */
  readonly days: number;
  /** days on which under 90 % of the gross weight has a return */
  readonly daysLeftOut: number;
  /** absent with fewer than 60 usable days */
  readonly tail?: { readonly var95: number; readonly cvar95: number };
  /** the ceil(p T)-th worst day */
  readonly quantiles: readonly { readonly probability: number; readonly return: number }[];
  /** five, worst first */
  readonly worstDays: readonly { readonly date: string; readonly return: number }[];
  /** usable days in a row, compounded; absent where there are not so many */
  readonly worst5Days?: ScenarioRun;
  readonly worst20Days?: ScenarioRun;
}

interface ScenarioRun {
  readonly from: string;
  readonly to: string;
  readonly return: number;
}

/** One row a portfolio and usable day, in that order. */
interface ScenarioDay {
  readonly portfolio: number;
  readonly date: string;
  readonly return: number;
  /** compounded over the last 5 and 20 usable days; null before there are so many */
  readonly return5: number | null;
  readonly return20: number | null;
}

export interface ScenarioHistory {
  /** @throws where the files cannot be read */
  scan(portfolios: readonly ScenarioPortfolio[]): Promise<ScenarioScan>;
  /** The scenario matrix itself: every usable day under each portfolio's weights. @throws as scan */
  days(portfolios: readonly ScenarioPortfolio[]): Promise<readonly ScenarioDay[]>;
  close(): Promise<void>;
}

export interface ScenarioHistoryOptions {
  /** a folder as the bar archive writes it */
  readonly folder: string;
  /** of DuckDB; default 1, for scans run beside the engine's workers */
  readonly threads?: number;
  /** default 1 GiB; what does not fit makes the scan fail */
  readonly memoryMax?: string;
}

/**
 * Scans of all the history there is, in place in its Parquet files; DuckDB is loaded by the first. The sums are DuckDB's:
 * with several threads their last digits differ from run to run, so nothing of this enters a decision.
 */
export function scenarioHistory(options: ScenarioHistoryOptions): ScenarioHistory {
  let opening: Promise<DuckDBInstance> | null = null;
  const instance = (): Promise<DuckDBInstance> => (opening ??= open(options));
  return {
    scan: async (portfolios) =>
      withScenarioDays(await instance(), options.folder, portfolios, (connection) =>
        scanned(connection, portfolios.length),
      ),
    days: async (portfolios) => withScenarioDays(await instance(), options.folder, portfolios, scenarioMatrix),
    close: async () => (await opening)?.closeSync(),
  };
}

async function open({ threads = 1, memoryMax = '1GiB' }: ScenarioHistoryOptions): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  return DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: memoryMax,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
}

async function scenarioMatrix(connection: DuckDBConnection): Promise<readonly ScenarioDay[]> {
  const rows = await rowsOf(connection, 'SELECT * FROM runs ORDER BY portfolio, day');
  return rows.map((row) => ({
    portfolio: Number(row['portfolio']),
    date: String(row['day']),
    return: Number(row['return']),
    return5: numberOrNull(row['return5']),
    return20: numberOrNull(row['return20']),
  }));
}

type Row = Readonly<Record<string, unknown>>;

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));

async function rowsOf(connection: DuckDBConnection, sql: string): Promise<readonly Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS();
}

/** Each on a connection of its own, whose temporary tables nobody else sees. */
async function withScenarioDays<T>(
  instance: DuckDBInstance,
  folder: string,
  portfolios: readonly ScenarioPortfolio[],
  read: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  try {
    await writeWeights(connection, portfolios);
    for (const statement of scenarioDaysSql(await filesOf(connection, folder))) await connection.run(statement);
    await connection.run(RUNS_SQL);
    return await read(connection);
  } finally {
    connection.closeSync();
  }
}

async function filesOf(connection: DuckDBConnection, folder: string): Promise<HistoryFiles> {
  const splits = `${folder}/splits.parquet`;
  const there = await connection.runAndReadAll('SELECT 1 FROM glob($1)', [splits]);
  return { bars: `${folder}/bars/year=*/*.parquet`, splits: there.currentRowCount > 0 ? splits : null };
}

async function writeWeights(connection: DuckDBConnection, portfolios: readonly ScenarioPortfolio[]): Promise<void> {
  await connection.run('CREATE TEMP TABLE weights (portfolio INTEGER, instrument_id VARCHAR, weight DOUBLE)');
  const appender = await connection.createAppender('weights');
  for (const [p, portfolio] of portfolios.entries()) {
    for (const [id, weight] of portfolio) {
      if (weight === 0) continue;
      appender.appendInteger(p);
      appender.appendVarchar(id);
      appender.appendDouble(weight);
      appender.endRow();
    }
  }
  appender.closeSync();
}

async function scanned(connection: DuckDBConnection, portfolios: number): Promise<ScenarioScan> {
  const [span] = await rowsOf(connection, SPAN_SQL);
  const days = Number(span?.['days'] ?? 0);
  const tails = await rowsOf(connection, TAIL_SQL);
  const quantiles = await rowsOf(connection, QUANTILES_SQL);
  const worst = await rowsOf(connection, WORST_DAYS_SQL);
  const [weeks, months] = [await rowsOf(connection, worstRunSql(5)), await rowsOf(connection, worstRunSql(20))];
  return {
    days,
    ...(days === 0 ? {} : { firstDay: String(span?.['first_day']), lastDay: String(span?.['last_day']) }),
    portfolios: Array.from({ length: portfolios }, (_, p): ScenarioRisk => {
      const own = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row['portfolio'] === p);
      const [tail] = own(tails);
      const usable = Number(tail?.['days'] ?? 0);
      const [week, month] = [own(weeks)[0], own(months)[0]];
      return {
        days: usable,
        daysLeftOut: Math.max(0, days - 1) - usable,
        ...(usable < DAYS_MIN ? {} : { tail: { var95: Number(tail?.['var_95']), cvar95: Number(tail?.['cvar_95']) } }),
        quantiles: own(quantiles).map((row) => ({
          probability: Number(row['probability']),
          return: Number(row['return']),
        })),
        worstDays: own(worst).map((row) => ({ date: String(row['day']), return: Number(row['return']) })),
        ...(week === undefined ? {} : { worst5Days: toRun(week) }),
        ...(month === undefined ? {} : { worst20Days: toRun(month) }),
      };
    }),
  };
}

/** fewer days than this have no 5 % quantile to speak of */
const DAYS_MIN = 60;

const worstRunSql = (length: 5 | 20): string => `
  SELECT portfolio, from${length} AS "from", day AS "to", return${length} AS return FROM runs
  WHERE return${length} IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY portfolio ORDER BY return${length}, day) = 1
  ORDER BY portfolio`;

const toRun = (row: Row): ScenarioRun => ({
  from: String(row['from']),
  to: String(row['to']),
  return: Number(row['return']),
});
