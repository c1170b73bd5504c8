import type { FactorEstimate } from '../factor-estimate.js';

/** The covariance that was forecast for one day, of the instruments that then had a return: Sigma = B B' + diag(D). */
export interface DailyForecast {
  /** which instruments, ascending */
  readonly rows: Int32Array;
  readonly k: number;
  /** rows x k */
  readonly loadings: Float64Array;
  readonly specific: Float64Array;
}

/**
 * @param rows instruments of the table that take part
 * @param rowOf their rows in the estimate
 * @param volatility forecast of each of them, by instrument
 * @param floor of the specific variance
 */
export function dailyForecast(
  core: FactorEstimate,
  rows: Int32Array,
  rowOf: Int32Array,
  volatility: Float64Array,
  floor: number,
): DailyForecast {
  const { k } = core;
  const loadings = new Float64Array(rows.length * k);
  const specific = new Float64Array(rows.length);
  rows.forEach((instrument, at) => {
    const sigma = volatility[instrument]!;
    const from = rowOf[instrument]! * k;
    let common = 0;
    for (let f = 0; f < k; f++) {
      const loading = core.loadings[from + f]!;
      common += loading * loading;
      loadings[at * k + f] = sigma * loading;
    }
    specific[at] = Math.max(sigma * sigma * (1 - common), floor);
  });
  return { rows, k, loadings, specific };
}

/** w' Sigma w */
export function forecastVariance({ k, loadings, specific }: DailyForecast, weights: Float64Array): number {
  const exposure = new Float64Array(k);
  let variance = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i]!;
    variance += w * w * specific[i]!;
    for (let f = 0; f < k; f++) exposure[f]! += w * loadings[i * k + f]!;
  }
  for (let f = 0; f < k; f++) variance += exposure[f]! * exposure[f]!;
  return variance;
}
