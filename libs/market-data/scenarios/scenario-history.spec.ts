import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBDateValue, DuckDBInstance } from '@duckdb/node-api';
import { assessTrades, type ReturnHistory } from '#engine';
import { generatedInput, RandomStream } from '#testing';
import {
  scenarioHistory,
  type ScenarioHistory,
  type ScenarioPortfolio,
  type ScenarioRisk,
} from './scenario-history.js';

const INSTRUMENTS = 40;
const DAYS = 400;
/** relative to 1: sums of some dozen returns in another order */
const DIGITS = 14;

const random = new RandomStream(5);
const ids = Array.from({ length: INSTRUMENTS }, (_, i) => `I${String(i).padStart(4, '0')}`);
const dates = Array.from({ length: DAYS }, (_, t) => new Date(Date.UTC(2023, 0, 2 + t)).toISOString().slice(0, 10));
const dayNumber = (day: string): number => Date.parse(day) / 86_400_000;
/** of splits: prices before the day are in other terms */
const SPLITS = [
  { id: 'I0003', day: '2023-06-01', factor: 0.25 },
  { id: 'I0003', day: '2023-09-01', factor: 2 },
];
/** some closes are missing: of single instruments here and there, of half of them on one day */
const closes = dates.map((_, t) =>
  ids.map((__, i) => (random.chance(0.01) || (t === 200 && i % 2 === 0) ? null : 50 * (1 + 0.3 * random.uniform()))),
);
/** what a price of that day was written down as, before the splits after it */
const inTermsOf = (instrument: string, date: string): number =>
  SPLITS.filter(({ id, day }) => id === instrument && day > date).reduce((price, { factor }) => price / factor, 1);
const history: ReturnHistory = {
  dates: dates.slice(1),
  instruments: ids,
  values: dates.slice(1).map((_, t) =>
    ids.map((__, i) => {
      const [before, after] = [closes[t]?.[i] ?? null, closes[t + 1]?.[i] ?? null];
      return before === null || after === null ? null : after / before - 1;
    }),
  ),
};

/** the engine's numbers for a portfolio before and after some trades */
function byTheEngine() {
  const input = generatedInput({
    seed: 3,
    instruments: INSTRUMENTS,
    signals: 0,
    short: 0.2,
    parameters: { allowShort: true },
  });
  const trades = ids.slice(0, 12).map((instrumentId, i) => ({ instrumentId, quantity: (i % 3) * 1000 - 900 }));
  const result = assessTrades({ ...input, market: { ...input.market, history } }, trades);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  const weights = (pick: 'weightBefore' | 'weightAfter'): ScenarioPortfolio =>
    new Map(result.instruments.map((each) => [each.instrumentId, each[pick]]));
  return { impact: result.impact, portfolios: [weights('weightBefore'), weights('weightAfter')] };
}

describe('scenarios over the full history', () => {
  let folder: string;
  let scenarios: ScenarioHistory;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bars o'clock "));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run('CREATE TABLE bars (instrument_id VARCHAR, day DATE, close DOUBLE, volume DOUBLE)');
    const appender = await connection.createAppender('bars');
    for (const [t, day] of dates.entries()) {
      for (const [i, id] of ids.entries()) {
        const close = closes[t]?.[i] ?? null;
        if (close === null) continue;
        appender.appendVarchar(id);
        appender.appendDate(new DuckDBDateValue(dayNumber(day)));
        appender.appendDouble(close * inTermsOf(id, day));
        appender.appendDouble(1000);
        appender.endRow();
      }
    }
    appender.closeSync();
    const target = join(folder, 'bars').replaceAll("'", "''");
    await connection.run(
      `COPY (SELECT *, year(day) AS year FROM bars) TO '${target}' (FORMAT parquet, PARTITION_BY (year))`,
    );
    await connection.run(
      `COPY (SELECT * FROM (VALUES ${SPLITS.map(({ id, day, factor }) => `('${id}', DATE '${day}', ${factor}, 1.0)`).join(',')})
         AS t (instrument_id, day, price_factor, volume_factor)) TO '${target.replace(/bars$/, 'splits.parquet')}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    scenarios = scenarioHistory({ folder, threads: 2 });
  });
  afterAll(async () => {
    await scenarios.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('are those of the engine on the same days', async () => {
    const { impact, portfolios } = byTheEngine();
    const scan = await scenarios.scan(portfolios);
    expect(scan).toMatchObject({ days: DAYS, firstDay: dates[0], lastDay: dates[DAYS - 1] });
    for (const [p, assessment] of [impact.before, impact.after].entries()) {
      const ours = assessment.historical;
      const theirs = scan.portfolios[p] as ScenarioRisk;
      if (ours === undefined) throw new Error('the engine simulated nothing');
      expect(ours.daysLeftOut).toBeGreaterThan(0);
      expect([theirs.days, theirs.daysLeftOut]).toEqual([ours.days, ours.daysLeftOut]);
      expect(theirs.tail?.var95).toBeCloseTo(ours.var95, DIGITS);
      expect(theirs.tail?.cvar95).toBeCloseTo(ours.cvar95, DIGITS);
      expect(theirs.worstDays.map(({ date }) => date)).toEqual(ours.worstDays.map(({ date }) => date));
      theirs.worstDays.forEach((day, d) => expect(day.return).toBeCloseTo(ours.worstDays[d]?.return ?? NaN, DIGITS));
      expect(theirs.worst5Days).toMatchObject({ from: ours.worstWeek.from, to: ours.worstWeek.to });
      expect(theirs.worst5Days?.return).toBeCloseTo(ours.worstWeek.return, DIGITS);
      expect(theirs.quantiles.find(({ probability }) => probability === 0.05)?.return).toBeCloseTo(-ours.var95, DIGITS);
    }
  });

  it('are a row a portfolio and usable day, in order, with what the last 5 and 20 days made together', async () => {
    const { portfolios } = byTheEngine();
    const matrix = await scenarios.days(portfolios);
    const first = matrix.filter(({ portfolio }) => portfolio === 0);
    expect(first.map(({ date }) => date)).toEqual(first.map(({ date }) => date).sort());
    expect(matrix.map(({ portfolio }) => portfolio)).toEqual(matrix.map(({ portfolio }) => portfolio).sort());
    expect([first[3]?.return5, first[18]?.return20]).toEqual([null, null]);
    const month = first.slice(30, 50).reduce((growth, day) => growth * (1 + day.return), 1) - 1;
    expect(first[49]?.return20).toBeCloseTo(month, DIGITS);
    const worst = Math.min(...first.map(({ return20 }) => return20 ?? Infinity));
    expect((await scenarios.scan(portfolios)).portfolios[0]?.worst20Days?.return).toBeCloseTo(worst, DIGITS);
  });

  it('have no tail where nothing, or something unknown, is held', async () => {
    const scan = await scenarios.scan([new Map(), new Map([['nobody', 1]])]);
    for (const risk of scan.portfolios) {
      expect(risk).toEqual({ days: 0, daysLeftOut: DAYS - 1, quantiles: [], worstDays: [] });
    }
  });

  it('cannot be read where there are no files', async () => {
    const empty = scenarioHistory({ folder: join(folder, 'nowhere') });
    await expect(empty.scan([new Map([['I0001', 1]])])).rejects.toThrow('No files found');
    await empty.close();
  });
});
