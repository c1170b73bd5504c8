import { evaluateDual, newDualValue, type DualPoint, type DualValue, type Proximal } from './dual.js';
import { lineSearch, longestStep } from './line-search.js';
import { farkasValue, utilityOf, volatilityExcess, withoutObjective } from './measure.js';
import { newtonMatrix } from './newton-matrix.js';
import { newtonStep } from './newton-step.js';
import { RISK, type PreparedProblem } from './prepared-problem.js';
import { newResponse } from './separable.js';

export interface NewtonSettings {
  readonly iterations_max: number;
  /** relative to the utility */
  readonly gap: number;
  /** in weight */
  readonly violation: number;
  /** the utility that counts as one where the reached one is smaller */
  readonly utility_floor: number;
  /** whether to stop as soon as the prices prove that the hard limits cannot hold together */
  readonly seeks_proof: boolean;
}

export interface NewtonOutcome {
  readonly status: 'converged' | 'infeasible' | 'stalled';
  readonly point: DualPoint;
  readonly value: DualValue;
  readonly iterations: number;
}

/** Prices beyond this multiple of a typical derivative suggest that no portfolio keeps the limits. */
const SUSPICIOUS_PRICE = 30;
/** So short a step, so often in a row, is a kink of the dual function that Newton's method does not get across. */
const TINY_STEP = 1e-6;
const TINY_STEPS_MAX = 4;
/** A proof of infeasibility has to exceed this, in weight for a price of one. */
const PROOF_MIN = 1e-9;

/**
 * Maximises the dual function by a semismooth Newton method with prices kept in [0, cap] (Qi and Sun 1993; a projected
 * Newton method in the manner of Bertsekas 1982), and a line search on its derivative. Each iterate's primal weights
 * are the minimisers of the Lagrangian; they are the solution when they keep the limits and waste no priced one.
 *
 * @param start changed in place
 */
export function maximiseDual(
  p: PreparedProblem,
  start: DualPoint,
  proximal: Proximal,
  settings: NewtonSettings,
): NewtonOutcome {
  const point = start;
  const value = newDualValue(p);
  const q = new Float64Array(p.n);
  const size = p.k + p.caps.length;
  const matrix = new Float64Array(size * size);
  const scratch = newResponse(p.n);
  const isFree = new Uint8Array(p.caps.length);
  let bare: PreparedProblem | undefined;
  let tiny = 0;
  for (let iteration = 0; ; iteration += 1) {
    evaluateDual(p, point, q, proximal, value);
    if (isSolved(p, point, value, proximal, settings))
      return { status: 'converged', point, value, iterations: iteration };
    if (settings.seeks_proof && largest(point.prices) > SUSPICIOUS_PRICE) {
      bare ??= withoutObjective(p);
      if (provesInfeasible(bare, point.prices, value.implied)) {
        return { status: 'infeasible', point, value, iterations: iteration };
      }
    }
    if (iteration >= settings.iterations_max) return { status: 'stalled', point, value, iterations: iteration };
    markFree(p, point, value.gradient, isFree);
    newtonMatrix(p, value, isFree, p.gamma + point.prices[RISK]! + proximal.weight, matrix);
    const { step, slope } = newtonStep(matrix, value.gradient, point, p.caps, isFree);
    if (!(slope > 0)) return { status: 'stalled', point, value, iterations: iteration };
    const longest = longestStep(point.prices, step.prices, p.caps);
    const length = lineSearch(p, point, step, q, slope, longest, proximal, scratch);
    tiny = length < TINY_STEP ? tiny + 1 : 0;
    if (tiny >= TINY_STEPS_MAX) return { status: 'stalled', point, value, iterations: iteration };
    move(p, point, step, length);
  }
}

export function provesInfeasible(bare: PreparedProblem, prices: Float64Array, v: Float64Array): boolean {
  let total = 0;
  for (let j = 0; j < prices.length; j += 1) total += prices[j]! * (j === RISK ? Math.sqrt(2 * bare.bounds[RISK]!) : 1);
  return farkasValue(bare, prices, v) > PROOF_MIN * total;
}

function largest(prices: Float64Array): number {
  let most = 0;
  for (let j = 0; j < prices.length; j += 1) most = Math.max(most, prices[j]!);
  return most;
}

/** A price may move unless it is at an end of its range and the dual function falls toward the inside. */
function markFree(p: PreparedProblem, point: DualPoint, gradient: DualPoint, isFree: Uint8Array): void {
  for (let j = 0; j < isFree.length; j += 1) {
    const [price, cap, rise] = [point.prices[j]!, p.caps[j]!, gradient.prices[j]!];
    const isStuck = (price <= 0 && rise <= 0) || (price >= cap && rise >= 0) || cap === 0;
    isFree[j] = isStuck ? 0 : 1;
  }
}

function move(p: PreparedProblem, point: DualPoint, step: DualPoint, length: number): void {
  for (let j = 0; j < point.factors.length; j += 1) point.factors[j]! += length * step.factors[j]!;
  for (let j = 0; j < point.prices.length; j += 1) {
    point.prices[j] = Math.min(p.caps[j]!, Math.max(0, point.prices[j]! + length * step.prices[j]!));
  }
}

/**
 * Whether the weights keep the limits and the duality gap is closed. As the weights minimise the Lagrangian, the gap is
 * the sum of what priced limits leave unused and the mismatch of the factor exposures.
 */
function isSolved(
  p: PreparedProblem,
  point: DualPoint,
  { gradient, response, exposures }: DualValue,
  proximal: Proximal,
  settings: NewtonSettings,
): boolean {
  let mismatch = 0;
  for (let j = 0; j < p.k; j += 1) mismatch += gradient.factors[j]! * gradient.factors[j]!;
  let gap = ((p.gamma + point.prices[RISK]! + proximal.weight) / 2) * mismatch;
  for (let j = 0; j < p.caps.length; j += 1) {
    const [cap, price, excess] = [p.caps[j]!, point.prices[j]!, gradient.prices[j]!];
    if (cap === 0) continue;
    if (excess > 0 && cap < Infinity) gap += (cap - price) * excess;
    else gap += price * Math.abs(excess);
    if (excess <= 0 || cap < Infinity) continue;
    const violation = j === RISK ? volatilityExcess(p.bounds[RISK]!, excess) : excess;
    if (violation > settings.violation) return false;
  }
  const utility = utilityOf(p, response.w, response.x, exposures);
  return gap <= settings.gap * Math.max(Math.abs(utility), settings.utility_floor);
}
