import {
  addExposures,
  GROSS,
  GROUPS,
  INVESTED_MAX,
  INVESTED_MIN,
  RISK,
  TURNOVER,
  type PreparedProblem,
} from './prepared-problem.js';
import { newResponse, respond, type Response, type TermPrices } from './separable.js';

/** The unknowns: a dual of the factor exposures (k) and a price >= 0 for each limit. */
export interface DualPoint {
  readonly factors: Float64Array;
  readonly prices: Float64Array;
}

/** A quadratic added to the problem that keeps its solution near a centre (Rockafellar's proximal point method). */
export interface Proximal {
  /** weight of |w - center|^2/2 and of |B'(w - center)|^2/2 */
  readonly weight: number;
  readonly center: Float64Array;
  /** B'center, k */
  readonly exposures: Float64Array;
}

/** What the dual function is at a point: its gradient, and the primal weights that belong to it. */
export interface DualValue {
  response: Response;
  /** B'w, k */
  readonly exposures: Float64Array;
  /** the exposures v that the factor dual stands for, k; equal to B'w at the solution */
  readonly implied: Float64Array;
  readonly gradient: DualPoint;
}

export function newDualPoint(p: PreparedProblem): DualPoint {
  return { factors: new Float64Array(p.k), prices: new Float64Array(p.caps.length) };
}

export function newDualValue(p: PreparedProblem): DualValue {
  return {
    response: newResponse(p.n),
    exposures: new Float64Array(p.k),
    implied: new Float64Array(p.k),
    gradient: newDualPoint(p),
  };
}

/**
 * The dual function separates by instrument once the exposures B'w have a dual y of their own:
 *
 *   g(y, prices) = sum_i min_i - |gamma B'b + delta B'center + y|^2 / (2 G) - prices . bounds + constants,
 *   G = gamma + risk price + delta, and its gradient in y is B'w - v with v = (gamma B'b + delta B'center + y) / G.
 *
 * It is concave and, with 3/2 costs or curvature, continuously differentiable.
 */
export function evaluateDual(
  p: PreparedProblem,
  point: DualPoint,
  q: Float64Array,
  proximal: Proximal,
  out: DualValue,
): void {
  slopes(p, point, q);
  completeDual(p, point, q, proximal, out);
}

/** Evaluates where the slopes of the instruments are known. */
export function completeDual(
  p: PreparedProblem,
  point: DualPoint,
  q: Float64Array,
  proximal: Proximal,
  out: DualValue,
): void {
  respond(p, q, termPrices(point.prices, proximal.weight), proximal.center, 0, out.response, p.everyone, p.n);
  out.exposures.fill(0);
  addExposures(p.loadings, p.k, out.response.w, out.exposures);
  gradientAt(p, point, proximal, out);
}

/** Completes a value whose responses and exposures are those of the point. */
export function gradientAt(p: PreparedProblem, point: DualPoint, proximal: Proximal, out: DualValue): void {
  impliedExposures(p, point, proximal, out.implied);
  for (let j = 0; j < p.k; j += 1) out.gradient.factors[j] = out.exposures[j]! - out.implied[j]!;
  limitExcesses(p, out.response, out.implied, out.gradient.prices);
}

/** q_i = b_i'y + prices of the sums that w_i is in. */
export function slopes(p: PreparedProblem, { factors, prices }: DualPoint, q: Float64Array): void {
  const { k, loadings, groupStart, groupOf } = p;
  const invested = prices[INVESTED_MAX]! - prices[INVESTED_MIN]!;
  for (let i = 0, at = 0; i < p.n; i += 1) {
    let sum = invested;
    for (let j = 0; j < k; j += 1, at += 1) sum += loadings[at]! * factors[j]!;
    const end = groupStart[i + 1]!;
    for (let g = groupStart[i]!; g < end; g += 1) sum += prices[GROUPS + groupOf[g]!]!;
    q[i] = sum;
  }
}

export function termPrices(prices: Float64Array, proximal: number): TermPrices {
  return {
    turnover: prices[TURNOVER]!,
    risk: prices[RISK]!,
    paid: prices[INVESTED_MAX]!,
    gross: prices[GROSS]!,
    proximal,
  };
}

function impliedExposures(p: PreparedProblem, point: DualPoint, proximal: Proximal, out: Float64Array): void {
  const weight = p.gamma + point.prices[RISK]! + proximal.weight;
  for (let j = 0; j < p.k; j += 1) {
    const pull = p.gamma * p.target[j]! + proximal.weight * proximal.exposures[j]! + point.factors[j]!;
    out[j] = weight > 0 ? pull / weight : 0;
  }
}

/** The factor dual for which v are the implied exposures. */
export function factorDual(
  p: PreparedProblem,
  prices: Float64Array,
  proximal: Proximal,
  v: Float64Array,
): Float64Array {
  const weight = p.gamma + prices[RISK]! + proximal.weight;
  return v.map((exposure, j) => weight * exposure - p.gamma * p.target[j]! - proximal.weight * proximal.exposures[j]!);
}

/**
 * By how much w is beyond each limit (negative inside), in the order of the multipliers.
 *
 * @param exposures the factor exposures to take the variance at
 */
export function limitExcesses(
  p: PreparedProblem,
  { w, x }: Pick<Response, 'w' | 'x'>,
  exposures: Float64Array,
  out: Float64Array,
): void {
  const { bounds, groupStart, groupOf, paidLinear, paidImpact, specific } = p;
  let sum = 0;
  let paid = 0;
  let turnover = 0;
  let gross = 0;
  let variance = 0;
  for (let j = 0; j < out.length; j += 1) out[j] = -bounds[j]!;
  for (let i = 0; i < p.n; i += 1) {
    const weight = w[i]!;
    const size = Math.abs(x[i]!);
    if (weight === 0 && size === 0) continue;
    sum += weight;
    gross += Math.abs(weight);
    turnover += size;
    const linear = paidLinear[i]!;
    const impact = paidImpact[i]!;
    if (impact > 0) paid += (linear + impact * Math.sqrt(size)) * size;
    else paid += linear * size;
    variance += specific[i]! * weight * weight;
    const end = groupStart[i + 1]!;
    for (let g = groupStart[i]!; g < end; g += 1) out[GROUPS + groupOf[g]!]! += weight;
  }
  for (let j = 0; j < p.k; j += 1) variance += exposures[j]! * exposures[j]!;
  out[INVESTED_MAX]! += sum + paid;
  out[INVESTED_MIN]! -= sum;
  out[TURNOVER]! += turnover;
  out[RISK]! += variance / 2;
  out[GROSS]! += gross;
}
