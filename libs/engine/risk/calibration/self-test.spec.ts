import { symmetricEigen } from '../../numerics/index.js';
import type { CloseHistory } from '../returns.js';
import { alarmsOf } from './alarms.js';
import { squaredMahalanobis } from './mahalanobis.js';
import { testRiskModel } from './self-test.js';

/** normal enough: the sum of twelve uniforms of a generator with a seed */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  return () => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
}

/** one factor and independent remainders, 1 % and 1.5 % a day; `scale` multiplies the returns of a day */
function market(n: number, days: number, scale: (t: number) => number = () => 1): CloseHistory {
  const draw = normals(7);
  const closes = new Float64Array((days + 1) * n).fill(50, 0, n);
  for (let t = 1; t <= days; t++) {
    const common = 0.01 * draw();
    for (let i = 0; i < n; i++) {
      const value = scale(t) * (common + 0.015 * draw());
      closes[t * n + i] = closes[(t - 1) * n + i]! * (1 + value);
    }
  }
  const names = Array.from({ length: n }, (_, i) => `I${i}`);
  return {
    dates: Array.from({ length: days + 1 }, (_, t) => String(t).padStart(4, '0')),
    instruments: names,
    closes,
    sectors: names.map(() => null),
  };
}

describe('the self-test of the risk model', () => {
  it('finds forecasts of a steady market right', () => {
    const test = testRiskModel(market(40, 600))!;
    expect(test).toMatchObject({ firstDay: 348, lastDay: 599, refits: 12, alarms: [] });
    expect(test.bias.equalWeight).toBeGreaterThan(0.9);
    expect(test.bias.equalWeight).toBeLessThan(1.1);
    for (const value of [...test.bias.randomLong, ...test.bias.randomLongShort])
      expect(Math.abs(value - 1)).toBeLessThan(0.2);
    expect(test.bias.factors).toHaveLength(15);
    expect(test.withinBand).toBeGreaterThan(30);
    // noisy volatilities, and fifteen factors where there is one: what is left over looks too small
    expect(test.mahalanobis).toBeGreaterThan(1);
    expect(test.mahalanobis).toBeLessThan(1.3);
    expect(test.qlike).toBeGreaterThan(test.qlikeReference);
  });

  it('knows nothing of the day that it forecasts', () => {
    const history = market(20, 400);
    const before = testRiskModel(history)!;
    // the last return alone, ten times as large: every mean square grows by what that one day adds, forecast as before
    const closes = history.closes.slice();
    for (let i = 0; i < 20; i++) {
      const [from, to] = [closes[399 * 20 + i]!, closes[400 * 20 + i]!];
      closes[400 * 20 + i] = from + 10 * (to - from);
    }
    const after = testRiskModel({ ...history, closes })!;
    const days = before.lastDay - before.firstDay + 1;
    const shorter = testRiskModel({
      ...history,
      dates: history.dates.slice(0, -1),
      closes: closes.slice(0, 400 * 20),
    })!;
    const lastSquare = before.mahalanobis * days - shorter.mahalanobis * (days - 1);
    expect(after.mahalanobis * days).toBeCloseTo(shorter.mahalanobis * (days - 1) + 100 * lastSquare, 8);
  });

  it('raises the alarm where volatility leaps and stays unpredictable', () => {
    const leaping = market(20, 600, (t) => (t > 420 && t % 40 === 0 ? 12 : 1));
    const { alarms } = testRiskModel(leaping)!;
    expect(alarms.map((alarm) => alarm.figure)).toEqual(['random_long_short', 'mahalanobis']);
    for (const { value, high } of alarms) expect(value).toBeGreaterThan(high);
  });

  it('says nothing on a short history, and copes with gaps, latecomers and nothing at all', () => {
    expect(testRiskModel(market(5, 314))).toBeNull();
    expect(testRiskModel(market(5, 315))).not.toBeNull();
    expect(testRiskModel({ dates: [], instruments: [], closes: new Float64Array(), sectors: [] })).toBeNull();
    const { closes, ...rest } = market(6, 400);
    const gaps = closes.map((value, at) => {
      const [t, i] = [Math.floor(at / 6), at % 6];
      return (i === 2 && t < 380) || (i === 3 && t % 7 === 0) || i === 5 ? NaN : value;
    });
    const test = testRiskModel({ ...rest, closes: gaps })!;
    expect(Number.isFinite(test.mahalanobis + test.qlike + test.bias.equalWeight)).toBe(true);
  });
});

describe('the parts', () => {
  it('measures the Mahalanobis distance as the inverse of the whole matrix does', () => {
    const [n, k] = [6, 2];
    const loadings = Float64Array.from({ length: n * k }, (_, at) => 0.01 * Math.cos(at * 1.3));
    const specific = Float64Array.from({ length: n }, (_, i) => 1e-4 * (1 + i));
    const r = Float64Array.from({ length: n }, (_, i) => 0.01 * Math.sin(3 * i + 1));
    const sigma = Float64Array.from({ length: n * n }, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      const common = loadings[i * k]! * loadings[j * k]! + loadings[i * k + 1]! * loadings[j * k + 1]!;
      return common + (i === j ? specific[i]! : 0);
    });
    const { values, vectors } = symmetricEigen(sigma, n);
    let expected = 0;
    for (let e = 0; e < n; e++) {
      let along = 0;
      for (let i = 0; i < n; i++) along += vectors[e * n + i]! * r[i]!;
      expected += (along * along) / values[e]!;
    }
    const forecast = { rows: Int32Array.from({ length: n }, (_, i) => i), k, loadings, specific };
    expect(squaredMahalanobis(forecast, r)).toBeCloseTo(expected, 10);
  });

  it('names the figures outside of their bounds', () => {
    const one = Float64Array.of(1, 1);
    const fine = { bias: { equalWeight: 1, randomLong: one, randomLongShort: one, factors: one }, mahalanobis: 1.2 };
    expect(alarmsOf({ ...fine, qlike: -8, qlikeReference: -7.9 })).toEqual([]);
    expect(alarmsOf({ ...fine, mahalanobis: 2.5, qlike: -7.8, qlikeReference: -8 }).map((a) => a.figure)).toEqual([
      'mahalanobis',
      'qlike_excess',
    ]);
    expect(alarmsOf({ ...fine, mahalanobis: NaN, qlike: -8, qlikeReference: -8 })).toHaveLength(1);
  });
});
