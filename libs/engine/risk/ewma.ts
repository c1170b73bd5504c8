import { exp2 } from '../numerics/index.js';
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
  const scaled = table.values.map((value, at) => value * roots[at % days]!);
  const r = innerProducts(scaled, n, days);
  const complete = Array.from(table.counts, (count) => count === days);
  const variance = Float64Array.from({ length: n }, (_, i) => r[i * n + i]!);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const known = complete[i] && complete[j];
      const value = known
        ? correlation(r[i * n + j]!, variance[i]!, variance[j]!)
        : commonCorrelation(table.present, scaled, days, i, j, r[i * n + j]!);
      r[i * n + j] = r[j * n + i] = value;
    }
  }
  for (let i = 0; i < n; i++) r[i * n + i] = 1;
  return r;
}

/** lower triangle of X X' for X n x T; four columns at a time, so that a row is read once for them */
function innerProducts(x: Float64Array, n: number, days: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j += 4) {
      const c0 = j * days;
      const c1 = Math.min(j + 1, i) * days;
      const c2 = Math.min(j + 2, i) * days;
      const c3 = Math.min(j + 3, i) * days;
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let t = 0, at = i * days; t < days; t++, at++) {
        const value = x[at]!;
        s0 += value * x[c0 + t]!;
        s1 += value * x[c1 + t]!;
        s2 += value * x[c2 + t]!;
        s3 += value * x[c3 + t]!;
      }
      const at = i * n + j;
      result[at] = s0;
      if (j + 1 <= i) result[at + 1] = s1;
      if (j + 2 <= i) result[at + 2] = s2;
      if (j + 3 <= i) result[at + 3] = s3;
    }
  }
  return result;
}

/** over the common days of i and j; the cross product of the zero-filled rows already covers only those */
function commonCorrelation(
  present: Uint8Array,
  scaled: Float64Array,
  days: number,
  i: number,
  j: number,
  product: number,
): number {
  let common = 0;
  let ofI = 0;
  let ofJ = 0;
  for (let t = 0, a = i * days, b = j * days; t < days; t++, a++, b++) {
    const both = present[a]! & present[b]!;
    common += both;
    ofI += both * scaled[a]! * scaled[a]!;
    ofJ += both * scaled[b]! * scaled[b]!;
  }
  return common >= MIN_COMMON ? correlation(product, ofI, ofJ) : PRIOR_CORRELATION;
}

/** 0 where one of the two never moved */
function correlation(product: number, varianceI: number, varianceJ: number): number {
  const scale = Math.sqrt(varianceI * varianceJ);
  return scale > 0 ? Math.min(Math.max(product / scale, -1), 1) : 0;
}
