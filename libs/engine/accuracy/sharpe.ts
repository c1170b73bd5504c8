import { normalCdf, normalQuantile, sum } from '../numerics/index.js';

const EULER_MASCHERONI = 0.5772156649015329;
/** e^-1 */
const INVERSE_E = 0.36787944117144233;

export interface ReturnMoments {
  readonly count: number;
  readonly mean: number;
  /** with n - 1 */
  readonly deviation: number;
  /** third standardised moment, of the population */
  readonly skewness: number;
  /** fourth standardised moment, RAW: 3 for a normal distribution */
  readonly kurtosis: number;
}

/** Moments of the finite ones among the returns; deviation, skewness and kurtosis are NaN where they are constant or fewer than two. */
export function returnMoments(returns: ArrayLike<number>): ReturnMoments {
  const known = Array.from(returns).filter(Number.isFinite);
  const n = known.length;
  const mean = n > 0 ? sum(known) / n : NaN;
  const centred = known.map((value) => value - mean);
  const moment = (power: (d: number) => number): number => sum(centred.map(power)) / n;
  const variance = moment((d) => d * d);
  const constant = n < 2 || !(variance > 1e-28 * mean * mean) || variance === 0;
  if (constant) return { count: n, mean, deviation: n > 1 ? 0 : NaN, skewness: NaN, kurtosis: NaN };
  return {
    count: n,
    mean,
    deviation: Math.sqrt((variance * n) / (n - 1)),
    skewness: moment((d) => d * d * d) / (variance * Math.sqrt(variance)),
    kurtosis: moment((d) => d * d * d * d) / (variance * variance),
  };
}

/** Sharpe ratio of the period of the returns, not annualised. */
export function sharpeRatio({ mean, deviation }: ReturnMoments): number {
  return mean / deviation;
}

/**
 * Standard deviation of a Sharpe ratio: sqrt((1 - skew SR + (kurtosis - 1) / 4 SR^2) / (n - 1)), the kurtosis raw (Mertens 2002; Bailey and
 * Lopez de Prado 2012, equation 5).
 */
export function sharpeDeviation(moments: ReturnMoments): number {
  const ratio = sharpeRatio(moments);
  const { skewness, kurtosis, count } = moments;
  return Math.sqrt((1 - skewness * ratio + ((kurtosis - 1) / 4) * ratio * ratio) / (count - 1));
}

/**
 * Probabilistic Sharpe ratio (Bailey and Lopez de Prado 2012): the probability that the true ratio is above the benchmark's.
 * NaN where the returns are constant or fewer than two.
 *
 * @param benchmark Sharpe ratio of the same period, default 0
 */
export function probabilisticSharpe(moments: ReturnMoments, benchmark = 0): number {
  return normalCdf((sharpeRatio(moments) - benchmark) / sharpeDeviation(moments));
}

/**
 * The greatest Sharpe ratio that is to be expected of `trials` strategies without skill whose ratios have this variance (Bailey and Lopez de Prado 2014):
 * sqrt(V) ((1 - g) z(1 - 1/N) + g z(1 - 1/(N e))), g Euler's constant.
 */
export function expectedMaximumSharpe(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  const deviation = Math.sqrt(variance);
  return (
    deviation *
    ((1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / trials) +
      EULER_MASCHERONI * normalQuantile(1 - INVERSE_E / trials))
  );
}

/** Deflated Sharpe ratio (Bailey and Lopez de Prado 2014): the probability that the best of so many trials has skill. */
export function deflatedSharpe(moments: ReturnMoments, trials: number, varianceOfTrials: number): number {
  return probabilisticSharpe(moments, expectedMaximumSharpe(trials, varianceOfTrials));
}
