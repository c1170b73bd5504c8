import { readFileSync } from 'node:fs';
import { normalQuantile, studentUpperTail } from '../numerics/index.js';
import { incompleteBeta } from '../numerics/tails.js';
import {
  backtestVar,
  BrierScore,
  deflatedSharpe,
  expectedMaximumSharpe,
  hitRate,
  meanCoefficient,
  pearson,
  probabilisticSharpe,
  returnMoments,
  sharpeRatio,
  spearman,
} from './index.js';

/** made by `python libs/engine/accuracy/accuracy_reference.py`; the versions are in it */
const reference = JSON.parse(readFileSync(new URL('./accuracy.reference.json', import.meta.url), 'utf8')) as {
  readonly wilson: readonly [number, number, number, number][];
  readonly coefficients: {
    readonly score: number[][];
    readonly realised: number[][];
    readonly spearman_alphalens: number[];
    readonly pearson_scipy: number[];
    readonly mean: number;
    readonly standard_error: number;
    readonly newey_west_5: number;
  };
  readonly brier: { readonly confidence: number[]; readonly hit: number[]; readonly score: number };
  readonly sharpe: Readonly<
    Record<
      | 'sharpe_quantstats'
      | 'psr_quantstats'
      | 'skewness'
      | 'kurtosis'
      | 'sample_skewness'
      | 'sample_excess_kurtosis'
      | 'psr'
      | 'trials'
      | 'variance'
      | 'expected_maximum'
      | 'dsr',
      number
    >
  > & { readonly returns: number[] };
  readonly value_at_risk: {
    readonly returns: number[];
    readonly limit: number;
    readonly exceedances: number;
    readonly coverage: [number, number];
    readonly independence: [number, number];
    readonly conditional: [number, number];
  };
  readonly distributions: {
    readonly normal_quantile: [number, number][];
    readonly student: [number, number, number][];
    readonly beta: [number, number, number, number][];
  };
};

function expectClose(ours: number | null, theirs: number, tolerance = 1e-11): void {
  expect(ours).not.toBeNull();
  expect(Math.abs(ours! - theirs)).toBeLessThanOrEqual(tolerance * Math.max(Math.abs(theirs), 1e-5));
}

describe('statsmodels, scipy, alphalens, scikit-learn and quantstats give the same', () => {
  it('intervals of hit rates', () => {
    for (const [hits, trials, low, high] of reference.wilson) {
      const ours = hitRate(hits, trials);
      expectClose(ours.low, low);
      expectClose(ours.high, high);
    }
  });

  it('information coefficients, and their mean with its error', () => {
    const { score, realised, ...theirs } = reference.coefficients;
    const days = score.map((row, t) => row.map((value, i) => ({ score: value, realised: realised[t]![i]! })));
    days.forEach((pairs, t) => {
      expectClose(spearman(pairs).value, theirs.spearman_alphalens[t]!);
      expectClose(pearson(pairs).value, theirs.pearson_scipy[t]!);
    });
    const byDay = days.map((pairs) => spearman(pairs).value);
    expectClose(meanCoefficient(byDay).mean, theirs.mean);
    expectClose(meanCoefficient(byDay).standardError, theirs.standard_error);
    expectClose(meanCoefficient(byDay, 5).standardError, theirs.newey_west_5);
  });

  it('Brier score', () => {
    const score = new BrierScore();
    reference.brier.confidence.forEach((value, i) => score.add(value, reference.brier.hit[i] === 1));
    expectClose(score.report().score, reference.brier.score);
  });

  it('Sharpe ratios, probabilistic and deflated, with the raw kurtosis', () => {
    const { returns, trials, variance, ...theirs } = reference.sharpe;
    const moments = returnMoments(returns);
    expectClose(moments.skewness, theirs.skewness);
    expectClose(moments.kurtosis, theirs.kurtosis);
    expectClose(sharpeRatio(moments), theirs.sharpe_quantstats);
    expectClose(probabilisticSharpe(moments), theirs.psr);
    expectClose(expectedMaximumSharpe(trials, variance), theirs.expected_maximum);
    expectClose(deflatedSharpe(moments, trials, variance), theirs.dsr);
    // quantstats takes the bias-corrected moments of the sample
    const corrected = { skewness: theirs.sample_skewness, kurtosis: theirs.sample_excess_kurtosis + 3 };
    expectClose(probabilisticSharpe({ ...moments, ...corrected }), theirs.psr_quantstats);
    // with excess kurtosis in its place the answer would be another one
    expect(Math.abs(probabilisticSharpe({ ...moments, kurtosis: moments.kurtosis - 3 }) - theirs.psr)).toBeGreaterThan(
      1e-5,
    );
  });

  it('tests of value at risk', () => {
    const { returns, limit, ...theirs } = reference.value_at_risk;
    const ours = backtestVar(
      returns,
      returns.map(() => limit),
    );
    expect(ours.exceedances).toBe(theirs.exceedances);
    for (const test of ['coverage', 'independence', 'conditional'] as const) {
      expectClose(ours[test].statistic, theirs[test][0], 1e-9);
      expectClose(ours[test].pValue, theirs[test][1], 1e-9);
    }
  });

  it('distributions', () => {
    for (const [p, z] of reference.distributions.normal_quantile) expectClose(normalQuantile(p), z);
    for (const [t, degrees, tail] of reference.distributions.student) expectClose(studentUpperTail(t, degrees), tail);
    for (const [x, a, b, value] of reference.distributions.beta) expectClose(incompleteBeta(x, a, b), value);
  });
});
