import { cholesky, choleskySolve, forwardSolve } from '../numerics/index.js';
import type { RiskView } from '../universe.js';
import type { CombinedView } from './combination.js';
import { TAU } from './views.js';

/** What a set of views says of every instrument. Arrays have the universe's length. */
export interface Posterior {
  /** over the coordination horizon */
  readonly alpha: Float64Array;
  /** s_i */
  readonly std: Float64Array;
  /** A_iv: the change of alpha_i for a unit of qbar_v; alpha_i = sum_v A_iv qbar_v */
  readonly sensitivity: (instrument: number, view: number) => number;
}

/**
 * Black and Litterman (1992) with prior mean 0, prior covariance P = tau h Sigma and one view with variance obar on each
 * viewed instrument: S = P[V,V] + diag(obar), alpha = P[:,V] S^-1 qbar, s_i^2 = P_ii - P[i,V] S^-1 P[V,i].
 *
 * In factor form, with t = tau h, Sigma = L L' + diag(D), e_v = t D_v + obar_v and M = I/t + sum_v L_v L_v' / e_v (Woodbury):
 *   A_iv  = g_i L_i' M^-1 L_v / e_v + (1 - g_v) [i = v],   g_i = obar_i / e_i on viewed instruments, else 1,
 *   s_i^2 = g_i^2 L_i' M^-1 L_i + t D_i g_i   (L_i' M^-1 L_i = |C^-1 L_i|^2 with M = C C'),
 * which subtracts nothing and never forms a V x V matrix: O(n k^2).
 *
 * @param views at most one on each instrument
 * @param horizonDays h, trading days
 */
export function posterior(risk: RiskView, views: readonly CombinedView[], horizonDays: number): Posterior {
  const { n, k, loadings, specific } = risk;
  const t = TAU * horizonDays;
  const shrink = new Float64Array(n).fill(1);
  const own = new Float64Array(n);
  const error = Float64Array.from(views, ({ instrument, variance }) => t * specific[instrument]! + variance);
  views.forEach(({ instrument, variance, q }, v) => {
    shrink[instrument] = variance / error[v]!;
    own[instrument] = ((t * specific[instrument]!) / error[v]!) * q;
  });
  const factor = factorPrecision(risk, views, error, t);
  const reach = viewReach(risk, views, error, factor);

  const direction = new Float64Array(k);
  views.forEach(({ q }, v) => {
    for (let f = 0; f < k; f++) direction[f]! += q * reach[v * k + f]!;
  });
  const { common, variance } = throughFactors(risk, factor, direction);
  const alpha = own.map((value, i) => shrink[i]! * common[i]! + value);
  const std = variance.map((value, i) => Math.sqrt(shrink[i]! * (shrink[i]! * value + t * specific[i]!)));
  const sensitivity = (i: number, v: number): number => {
    let common = 0;
    for (let f = 0; f < k; f++) common += loadings[i * k + f]! * reach[v * k + f]!;
    return shrink[i]! * common + (views[v]!.instrument === i ? (t * specific[i]!) / error[v]! : 0);
  };
  return { alpha, std, sensitivity };
}

/** L_i' d and |C^-1 L_i|^2 of every instrument. */
function throughFactors({ n, k, loadings }: RiskView, factor: Float64Array, direction: Float64Array) {
  const common = new Float64Array(n);
  const variance = new Float64Array(n);
  const solved = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    for (let f = 0; f < k; f++) {
      const loading = loadings[i * k + f]!;
      solved[f] = loading;
      common[i]! += loading * direction[f]!;
    }
    forwardSolve(factor, k, solved);
    for (let f = 0; f < k; f++) variance[i]! += solved[f]! * solved[f]!;
  }
  return { common, variance };
}

/** Cholesky factor of M */
function factorPrecision(risk: RiskView, views: readonly CombinedView[], error: Float64Array, t: number): Float64Array {
  const { k, loadings } = risk;
  const m = new Float64Array(k * k);
  views.forEach(({ instrument }, v) => {
    const row = instrument * k;
    for (let f = 0; f < k; f++) {
      const scaled = loadings[row + f]! / error[v]!;
      for (let g = 0; g <= f; g++) m[f * k + g]! += scaled * loadings[row + g]!;
    }
  });
  for (let f = 0; f < k; f++) m[f * k + f]! += 1 / t;
  const factor = cholesky(m, k, 0);
  if (factor === null) throw new Error('posterior: the factor precision is not positive definite');
  return factor;
}

/** V x k row-major: M^-1 L_v / e_v */
function viewReach(
  risk: RiskView,
  views: readonly CombinedView[],
  error: Float64Array,
  factor: Float64Array,
): Float64Array {
  const { k, loadings } = risk;
  const reach = new Float64Array(views.length * k);
  views.forEach(({ instrument }, v) => {
    const row = reach.subarray(v * k, (v + 1) * k);
    for (let f = 0; f < k; f++) row[f] = loadings[instrument * k + f]! / error[v]!;
    choleskySolve(factor, k, row);
  });
  return reach;
}
