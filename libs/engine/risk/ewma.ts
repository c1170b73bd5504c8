import { exp2, gramMatrix } from '../numerics/index.js';
import { PRIOR_CORRELATION } from './prior.js';
import type { ReturnTable } from './returns.js';

/** a pair with fewer common returns has the prior correlation */
const MIN_COMMON = 60;

/** 2^(-age / half-life) for each of T days, the last of age 0 (RiskMetrics 1996, with a half-life for lambda). */
export function ewmaWeights(days: number, halfLife: number): Float64Array {
  return Float64Array.from({ length: days }, (_, t) => exp2(-(days - 1 - t) / halfLife));
}

/** EWMA volatility of each instrument about a mean of 0, over the days on which it has a return; one day. */
export function ewmaVolatilities({ n, days, values, present }: ReturnTable, halfLife: number): Float64Array {
  const weights = ewmaWeights(days, halfLife);
  const volatilities = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let squares = 0;
    let total = 0;
    for (let t = 0, at = i * days; t < days; t++, at++) {
      squares += weights[t]! * values[at]! * values[at]!;
      total += weights[t]! * present[at]!;
    }
    volatilities[i] = total > 0 ? Math.sqrt(squares / total) : 0;
  }
  return volatilities;
}

/**
 * EWMA correlations about means of 0, n x n row-major with a unit diagonal. Every pair uses the days on which both have a
 * return, for the covariance and for both variances, so that each entry is in [-1, 1]; with missing days the whole need not be positive
 * semidefinite.
 */
export function ewmaCorrelations(table: ReturnTable, halfLife: number): Float64Array {
  const { n, days } = table;
  const roots = ewmaWeights(days, halfLife).map(Math.sqrt);
  const scaled = new Float64Array(table.values.length);
  for (let i = 0; i < n; i++) {
    for (let t = 0, at = i * days; t < days; t++, at++) scaled[at] = table.values[at]! * roots[t]!;
  }
  // missing returns are 0 there, so that every sum already covers the common days alone
  const r = gramMatrix(scaled, n, days);
  const variance = Float64Array.from({ length: n }, (_, i) => r[i * n + i]!);
  const gaps = missingDays(table);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const whole = gaps[i]!.length === 0 && gaps[j]!.length === 0;
      const value = whole
        ? correlation(r[i * n + j]!, variance[i]!, variance[j]!)
        : commonCorrelation(table, scaled, gaps, i, j, r[i * n + j]!, variance);
      r[i * n + j] = r[j * n + i] = value;
    }
  }
  for (let i = 0; i < n; i++) r[i * n + i] = 1;
  return r;
}

function missingDays({ n, days, present, counts }: ReturnTable): readonly Int32Array[] {
  return Array.from({ length: n }, (_, i) => {
    const missing = new Int32Array(days - counts[i]!);
    for (let t = 0, count = 0; count < missing.length; t++) if (present[i * days + t] === 0) missing[count++] = t;
    return missing;
  });
}

/** The variance of each on the common days: what it is on its own days without those that the other lacks. */
function commonCorrelation(
  table: ReturnTable,
  scaled: Float64Array,
  gaps: readonly Int32Array[],
  i: number,
  j: number,
  product: number,
  variance: Float64Array,
): number {
  const { days, present, counts } = table;
  let common = counts[i]!;
  for (const t of gaps[j]!) common -= present[i * days + t]!;
  if (common < MIN_COMMON) return PRIOR_CORRELATION;
  const ofI = commonVariance(scaled, present, days, i, j, gaps[j]!, variance[i]!);
  const ofJ = commonVariance(scaled, present, days, j, i, gaps[i]!, variance[j]!);
  return correlation(product, ofI, ofJ);
}

/** below this share of the whole, a difference has lost too many digits */
const CANCELLED = 1e-3;

function commonVariance(
  scaled: Float64Array,
  present: Uint8Array,
  days: number,
  own: number,
  other: number,
  missing: Int32Array,
  whole: number,
): number {
  let without = 0;
  for (const t of missing) without += scaled[own * days + t]! * scaled[own * days + t]!;
  if (whole - without > CANCELLED * whole) return whole - without;
  let squares = 0;
  for (let t = 0, a = own * days, b = other * days; t < days; t++, a++, b++) {
    squares += present[b]! * scaled[a]! * scaled[a]!;
  }
  return squares;
}

/** 0 where one of the two never moved */
function correlation(product: number, varianceI: number, varianceJ: number): number {
  const scale = Math.sqrt(varianceI * varianceJ);
  return scale > 0 ? Math.min(Math.max(product / scale, -1), 1) : 0;
}
