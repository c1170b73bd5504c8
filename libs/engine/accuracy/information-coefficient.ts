import { sum } from '../numerics/index.js';
import { Comoments, type Correlation } from './comoments.js';

/** One forecast with what came: a signed score (or expected return), and the realised return over its horizon. */
export interface ScoredReturn {
  readonly score: number;
  readonly realised: number;
}

export interface InformationCoefficient {
  /** cross-sections (days) in which there was one */
  readonly days: number;
  /** mean over the days; null without any */
  readonly mean: number | null;
  /** of the mean, with overlapping horizons accounted for; null for fewer than two days */
  readonly standardError: number | null;
}

/** Ranks from 1, ties sharing their mean rank. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  const rank = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let at = from; at <= to; at++) rank[order[at]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return rank;
}

/** Pearson's correlation of scores and returns. */
export function pearson(pairs: readonly ScoredReturn[]): Correlation {
  const sums = new Comoments();
  for (const { score, realised } of pairs) sums.add(score, realised);
  return sums.correlation();
}

/** Spearman's: that of their ranks. Not mergeable; kept by day and averaged instead (`meanCoefficient`). */
export function spearman(pairs: readonly ScoredReturn[]): Correlation {
  const known = pairs.filter(({ score, realised }) => Number.isFinite(score) && Number.isFinite(realised));
  const sums = new Comoments();
  const realised = ranks(known.map((pair) => pair.realised));
  ranks(known.map((pair) => pair.score)).forEach((rank, i) => sums.add(rank, realised[i]!));
  return sums.correlation();
}

/**
 * Mean of the coefficients of the days, oldest first, as the field reports it; its standard error is that of Newey and West (1987) with
 * `overlapDays` - 1 lags, because the returns of forecasts over more than a day overlap.
 *
 * @param coefficients null where a day had none
 * @param overlapDays horizon of the forecasts, trading days; 1 = no overlap
 */
export function meanCoefficient(coefficients: readonly (number | null)[], overlapDays = 1): InformationCoefficient {
  const known = coefficients.filter((value) => value !== null && !Number.isNaN(value)) as number[];
  const n = known.length;
  if (n === 0) return { days: 0, mean: null, standardError: null };
  const mean = sum(known) / n;
  if (n === 1) return { days: 1, mean, standardError: null };
  const lags = Math.min(Math.max(0, Math.ceil(overlapDays) - 1), n - 1);
  const covariance = (lag: number): number => {
    let total = 0;
    for (let t = lag; t < n; t++) total += (known[t]! - mean) * (known[t - lag]! - mean);
    return total / n;
  };
  let variance = covariance(0);
  for (let lag = 1; lag <= lags; lag++) variance += 2 * (1 - lag / (lags + 1)) * covariance(lag);
  return { days: n, mean, standardError: Math.sqrt(Math.max(0, variance) / (n - 1)) };
}
