import { canonicalJson } from '#domain';
import { type BarMatrix, selectInstruments, sliceDays } from '../bars.js';
import { demoMarket } from '../demo/market.js';
import { loadPolarsPreparer } from '../preparation/polars-preparer.js';
import type { Preparer } from '../preparation/preparer.js';
import { typescriptPreparer } from '../preparation/typescript-preparer.js';
import { buildModel, buildReportedModel, NoBarsError } from './build-reported-model.js';

const market = demoMarket();
const ids = market.bars.instruments.filter((_, i) => i % 5 === 0);
/** 40 instruments on 400 days: they never stand still for ten days, and have no gaps */
const bars = sliceDays(selectInstruments(market.bars, ids), 356, 756);
const n = ids.length;
const build = (of: BarMatrix, preparer: Preparer = typescriptPreparer) =>
  buildReportedModel({ bars: of, instruments: market.instruments }, preparer);
const changed = (change: (close: Float64Array, at: (day: number, instrument: number) => number) => void): BarMatrix => {
  const close = bars.close.slice();
  change(close, (day, instrument) => day * n + instrument);
  return { ...bars, close };
};

describe('a model of rows', () => {
  const whole = build(bars);

  it('reports nothing where there is nothing to report', () => {
    expect(whole.report).toMatchObject({
      preparation: {
        prepared_by: 'typescript',
        first_day: bars.days[0],
        last_day: '2025-06-20',
        counts: {
          bars: 16_000,
          invalid: 0,
          instruments: 40,
          trading_days: 400,
          missing: 0,
          outliers: 0,
          stale_runs: 0,
        },
        non_trading_days: [],
        short_history: [],
        not_current: [],
        dropped: [],
      },
      estimation: { days: 399, factors: 15 },
      warnings: [],
    });
    expect(whole.report.self_test).toMatchObject({ days: 147, refits: 7, last_day: '2025-06-20', alarms: [] });
    expect(whole.report.self_test?.bias.factors).toHaveLength(15);
  });

  it('has the same bytes for the same rows in another order, and by Polars', async () => {
    const days = [...bars.days.keys()].reverse();
    const columns = [...ids.keys()].map((i) => (i * 7 + 3) % n);
    const permuted = (of: Float64Array) =>
      Float64Array.from(days.flatMap((t) => columns.map((i) => of[t * n + i] as number)));
    const other: BarMatrix = {
      days: days.map((t) => bars.days[t] as string),
      instruments: columns.map((i) => ids[i] as string),
      close: permuted(bars.close),
      volume: permuted(bars.volume),
    };
    const polars = await loadPolarsPreparer();
    for (const preparer of [typescriptPreparer, polars]) {
      for (const rows of [bars, other]) {
        expect(canonicalJson(buildModel({ bars: rows, instruments: market.instruments }, preparer).model)).toBe(
          canonicalJson(whole.model),
        );
      }
    }
    expect(() => build({ ...bars, days: bars.days.map((day, t) => (t === 3 ? '2025-06-20' : day)) })).toThrow(
      'the day 2025-06-20 is there twice',
    );
  });

  it('does without a price that is off by ten times for a day, and tells of it', () => {
    const error = changed((close, at) => (close[at(200, 4)]! *= 10));
    const gap = changed((close, at) => (close[at(200, 4)] = NaN));
    const { model, report } = build(error);
    expect(report.preparation.counts.outliers).toBe(1);
    expect(report.preparation.outliers).toEqual([
      {
        instrument_id: ids[4],
        day: bars.days[200],
        value: error.close[200 * n + 4],
        previous: bars.close[199 * n + 4],
        reason: 'SPIKE',
      },
    ]);
    expect(model).toEqual(build(gap).model);
  });

  it('uses no last price that is beyond belief: the one before it, with its day', () => {
    const { model, report } = build(changed((close, at) => (close[at(399, 0)]! *= 10)));
    const instrument = model.instruments.find((each) => each.instrument_id === ids[0]);
    expect(instrument).toMatchObject({ price: bars.close[398 * n], price_as_of: bars.days[398] });
    expect(report.warnings).toEqual([
      `The last price of ${ids[0]} is beyond five times off and not used: check it.`,
      `No current price of ${ids[0]}: the model holds the last one.`,
    ]);
  });

  it('leaves out a day on which most have no bar, wherever it is', () => {
    const holiday = changed((close, at) => {
      for (let i = 5; i < n; i++) for (const day of [150, 399]) close[at(day, i)] = NaN;
    });
    const { model, report } = build(holiday);
    expect(report.preparation.non_trading_days).toEqual([
      { day: bars.days[150], bars: 5 },
      { day: bars.days[399], bars: 5 },
    ]);
    expect(model.as_of).toBe(bars.days[398]);
    expect(model.history?.dates).not.toContain(bars.days[150]);
    expect(report.preparation.counts.missing).toBe(0);
  });
});

describe('poor data', () => {
  it('keeps an instrument that is delisted but may be held for a year, then drops it', () => {
    const until = (last: number) =>
      build(
        changed((close, at) => {
          for (let t = last + 1; t < 400; t++) close[at(t, 2)] = NaN;
        }),
      );
    const held = until(300);
    const day = bars.days[300] as string;
    const instrument = held.model.instruments.find((each) => each.instrument_id === ids[2]);
    expect(instrument).toMatchObject({ price: bars.close[300 * n + 2], price_as_of: day });
    expect(held.report.preparation.not_current).toEqual([{ instrument_id: ids[2], price_day: day }]);
    expect(held.model.factor_model.instruments).toContain(ids[2]);
    const gone = until(140);
    expect(gone.model.factor_model.instruments).not.toContain(ids[2]);
    expect(gone.report.preparation.dropped).toEqual([{ instrument_id: ids[2], last_day: bars.days[140] }]);
    expect(gone.report.warnings).toEqual([`No price of ${ids[2]} within a year: not in the model.`]);
  });

  it('gives three days of history the volatility of the sector, and drops what never had a price', () => {
    const { model, report } = build(
      changed((close, at) => {
        for (let t = 0; t < 397; t++) close[at(t, 1)] = NaN;
        for (let t = 0; t < 400; t++) close[at(t, 6)] = t % 3 === 0 ? -1 : NaN;
      }),
    );
    expect(report.preparation.short_history).toEqual([ids[1]]);
    expect(report.preparation.counts.invalid).toBe(134);
    expect(report.preparation.dropped).toEqual([{ instrument_id: ids[6], last_day: null }]);
    const young = model.instruments.find((each) => each.instrument_id === ids[1]);
    expect(young?.volatility).toBeGreaterThan(0.004);
  });

  it('does not take a price that stands still for a price without risk', () => {
    const { model, report } = build(
      changed((close, at) => {
        for (let t = 0; t < 400; t++) close[at(t, 3)] = 50;
      }),
    );
    expect(report.preparation.stale_runs).toEqual([
      { instrument_id: ids[3], first_day: bars.days[1], last_day: bars.days[399], days: 399 },
    ]);
    expect(report.preparation.short_history).toEqual([ids[3]]);
    const still = model.instruments.find((each) => each.instrument_id === ids[3]);
    expect(still).toMatchObject({ price: 50 });
    expect(still).not.toHaveProperty('price_as_of');
    expect(still?.volatility).toBeGreaterThan(0.004);
  });

  it('builds of one instrument, of one day, and of nothing says why not', () => {
    const one = build(selectInstruments(bars, [ids[0] as string]));
    expect(one.report.estimation.factors).toBe(1);
    expect(one.model.factor_model.instruments).toEqual([ids[0]]);
    const day = build(sliceDays(bars, 399, 400));
    expect(day.model.instruments).toHaveLength(n);
    expect(day.report).toMatchObject({ self_test: null, estimation: { days: 0, regime_percentile: null } });
    const nothing = { days: [], instruments: [], close: new Float64Array(), volume: new Float64Array() };
    expect(() => build(nothing)).toThrow(NoBarsError);
    expect(() => build(changed((close) => close.fill(NaN)))).toThrow(NoBarsError);
  });
});
