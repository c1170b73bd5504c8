import fc from 'fast-check';
import {
  backtestVar,
  BiasOfRisk,
  BrierScore,
  Comoments,
  CostForecasts,
  hitRate,
  meanCoefficient,
  pearson,
  probabilisticSharpe,
  returnMoments,
  spearman,
} from './index.js';

const value = fc.double({ min: -10, max: 10, noNaN: true });

/** The same observations in two parts, merged, and in one. */
function partsAndWhole<T extends { merge(other: T): void }, V>(
  make: () => T,
  add: (to: T, each: V) => void,
  values: readonly V[],
  at: number,
): [T, T] {
  const [first, second, whole] = [make(), make(), make()];
  values.forEach((each, i) => {
    add(i < at ? first : second, each);
    add(whole, each);
  });
  second.merge(first);
  return [second, whole];
}

describe('hours merged into a day say what the day says, to the last bit', () => {
  const runs = { numRuns: 60 };

  it('of correlations', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { maxLength: 30 }), fc.nat(30), (pairs, at) => {
        const [merged, whole] = partsAndWhole(
          () => new Comoments(),
          (to, [x, y]: [number, number]) => to.add(x, y),
          pairs,
          at,
        );
        expect(merged.correlation()).toEqual(whole.correlation());
        const stored = new Comoments(JSON.parse(JSON.stringify(merged)) as ReturnType<Comoments['toJSON']>);
        expect(stored.correlation()).toEqual(whole.correlation());
      }),
      runs,
    );
  });

  it('of Brier scores, bias and costs', () => {
    const forecast = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(fc.array(forecast, { maxLength: 30 }), fc.nat(30), (forecasts, at) => {
        type Each = [number, boolean];
        const add = (to: BrierScore, [p, y]: Each) => to.add(p, y);
        const [merged, whole] = partsAndWhole(() => new BrierScore(), add, forecasts, at);
        expect(merged.report()).toEqual(whole.report());
        const addRisk = (to: BiasOfRisk, [p]: Each) => to.add(p - 0.5, p);
        const [bias, wholeBias] = partsAndWhole(() => new BiasOfRisk(), addRisk, forecasts, at);
        expect(bias.report()).toEqual(wholeBias.report());
        const addCost = (to: CostForecasts, [p]: Each) => to.add(p, 1 - p, 1000);
        const [costs, wholeCosts] = partsAndWhole(() => new CostForecasts(), addCost, forecasts, at);
        expect(costs.report()).toEqual(wholeCosts.report());
      }),
      runs,
    );
  });
});

describe('the Brier score', () => {
  it('is the sum of its parts whatever the confidences and bins', () => {
    const forecast = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean());
    fc.assert(
      fc.property(
        fc.array(forecast, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 30 }),
        (forecasts, bins) => {
          const score = new BrierScore(bins);
          forecasts.forEach(([p, y]) => score.add(p, y));
          const report = score.report();
          const parts = report.reliability - report.resolution + report.uncertainty + report.withinBins;
          expect(Math.abs(parts - report.score!)).toBeLessThan(1e-14);
          const plain =
            forecasts.reduce((sum, [p, y]) => sum + (p - Number(y)) * (p - Number(y)), 0) / forecasts.length;
          expect(Math.abs(report.score! - plain)).toBeLessThan(1e-14);
        },
      ),
    );
  });

  it('has nothing within bins where confidences are constant: Murphy as he wrote it', () => {
    const score = new BrierScore();
    for (let i = 0; i < 10; i++) score.add(0.6, i < 6);
    expect(score.report()).toMatchObject({ withinBins: 0, reliability: 0, resolution: 0, uncertainty: 0.24 });
    expect(score.report().curve).toHaveLength(1);
  });

  it('says nothing of no forecasts and refuses what is no confidence', () => {
    expect(new BrierScore().report()).toMatchObject({ count: 0, score: null, curve: [] });
    expect(() => new BrierScore().add(NaN, true)).toThrow();
    expect(() => new BrierScore().add(1.01, true)).toThrow();
  });
});

describe('too little to tell', () => {
  it('is said, not guessed', () => {
    expect(hitRate(0, 0)).toEqual({ hits: 0, trials: 0, rate: null, low: 0, high: 1 });
    expect(pearson([{ score: 1, realised: 2 }])).toEqual({ count: 1, value: null, standardError: null });
    const constant = Array.from({ length: 9 }, (_, i) => ({ score: 0.7, realised: i }));
    expect(pearson(constant).value).toBeNull();
    expect(spearman(constant).value).toBeNull();
    expect(meanCoefficient([])).toEqual({ days: 0, mean: null, standardError: null });
    expect(meanCoefficient([null, 0.1])).toEqual({ days: 1, mean: 0.1, standardError: null });
    expect(probabilisticSharpe(returnMoments([0.01]))).toBeNaN();
    expect(probabilisticSharpe(returnMoments([0.01, 0.01, 0.01]))).toBeNaN();
    expect(backtestVar([], [])).toMatchObject({ days: 0, coverage: { statistic: 0, pValue: 1 } });
    expect(new BiasOfRisk().report().value).toBeNull();
    expect(new CostForecasts().report().ratio).toBeNull();
  });

  it('leaves out what is missing, and counts it', () => {
    const sums = new Comoments();
    [1, NaN, 2, 3].forEach((x) => sums.add(x, 2 * x));
    expect(sums.correlation()).toMatchObject({ count: 3, value: 1 });
    expect(sums.skipped).toBe(1);
    expect(spearman([1, NaN, 2, 3].map((x) => ({ score: x, realised: -x })))).toMatchObject({ count: 3, value: -1 });
    expect(backtestVar([0.01, NaN, -0.5], [0.02, 0.02, NaN]).days).toBe(1);
  });
});

describe('forecasts of risk and cost', () => {
  it('are biased by as much as they were wrong', () => {
    const bias = new BiasOfRisk();
    [0.01, -0.01, 0.01].forEach((value) => bias.add(value, 0.005));
    expect(bias.report().value).toBeCloseTo(2, 14);
    const costs = new CostForecasts();
    costs.add(10, 15, 10_000);
    costs.add(10, 11, 30_000);
    expect(costs.report()).toMatchObject({ ratio: 1.3, meanErrorBps: 1.5 });
  });

  it('reject too many exceedances, and ones that come together', () => {
    const returns = Array.from({ length: 400 }, (_, t) => (t % 40 < 2 ? -1 : 0));
    const test = backtestVar(
      returns,
      returns.map(() => 0.5),
    );
    expect(test.coverage.pValue).toBeGreaterThan(0.9);
    expect(test.independence.pValue).toBeLessThan(0.001);
    const often = returns.map((_, t) => (t % 7 === 0 ? -1 : 0));
    expect(
      backtestVar(
        often,
        returns.map(() => 0.5),
      ).coverage.pValue,
    ).toBeLessThan(1e-9);
  });
});
