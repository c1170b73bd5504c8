import { leadingEigen } from '../numerics/index.js';
import { ewmaCorrelations } from './ewma.js';
import type { ReturnTable } from './returns.js';
import { shrinkToConstantCorrelation } from './shrinkage.js';

const CORRELATION_HALF_LIFE_DAYS = 126;
const MAX_FACTORS = 15;

/** The principal factors of the shrunk correlations of standardised returns. */
export interface FactorEstimate {
  readonly n: number;
  readonly k: number;
  /** n x k row-major: loadings of standardised returns */
  readonly loadings: Float64Array;
  /** k eigenvalues */
  readonly values: Float64Array;
  readonly shrinkage: number;
  readonly averageCorrelation: number;
}

/**
 * EWMA correlations (half-life 126 days) shrunk toward one common correlation, and their k = min(15, n) principal factors; those
 * without a positive eigenvalue are left out.
 */
export function estimateFactors(sample: ReturnTable): FactorEstimate {
  const { n } = sample;
  const r = ewmaCorrelations(sample, CORRELATION_HALF_LIFE_DAYS);
  const { intensity, averageCorrelation } = shrinkToConstantCorrelation(r, sample, CORRELATION_HALF_LIFE_DAYS);
  const leading = leadingEigen(r, n, Math.min(MAX_FACTORS, n));
  const values = leading.values.filter((value) => value > 1e-10 * leading.values[0]!);
  const k = values.length;
  const loadings = new Float64Array(n * k);
  for (let f = 0; f < k; f++) {
    const size = Math.sqrt(values[f]!);
    for (let i = 0; i < n; i++) loadings[i * k + f] = size * leading.vectors[f * n + i]!;
  }
  return { n, k, loadings, values, shrinkage: intensity, averageCorrelation };
}
