import { DualSearch } from './dual-search.js';
import { DualState } from './dual-state.js';
import type { DualPoint, DualValue, Proximal } from './dual.js';
import { lineSearch, longestStep } from './line-search.js';
import { farkasValue, utilityOf, volatilityExcess, withoutObjective } from './measure.js';
import { newtonStep } from './newton-step.js';
import { NewtonSystem } from './newton-system.js';
import { RISK, type PreparedProblem } from './prepared-problem.js';

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
  /** of the slopes that the first step averages the dual function's curvature over; 0 takes it at the point throughout */
  readonly width: number;
}

export interface NewtonOutcome {
  readonly status: 'converged' | 'infeasible' | 'stalled';
  readonly point: DualPoint;
  readonly value: DualValue;
  readonly iterations: number;
}

/** Where a climb has come to: as far as it goes, or `near` enough for steps to be short. */
export interface Climb {
  readonly status: NewtonOutcome['status'] | 'near';
  readonly iterations: number;
  /** of the slopes that a next step would average over */
  readonly width: number;
  /** how far the last step moved the slopes, root mean square */
  readonly distance: number;
}

/** Prices beyond this multiple of a typical derivative suggest that no portfolio keeps the limits. */
const SUSPICIOUS_PRICE = 30;
/** So short a step, so often in a row, is a kink of the dual function that Newton's method does not get across. */
const TINY_STEP = 1e-6;
const TINY_STEPS_MAX = 4;
/** A window narrower than this is a point. */
const WIDTH_MIN = 1e-8;
/** By how much the window may narrow and widen from one iteration to the next. */
const NARROW = 0.05;
const WIDEN = 2;
/**
 * It goes to the size of the last step; to this share of it where the line search left the length between these, as
 * there were few kinks on the way.
 */
const FULL_STEP_MIN = 0.8;
const FULL_STEP_MAX = 1.3;
const FULL_STEP_SHARE = 0.2;
/** A proof of infeasibility has to exceed this, in weight for a price of one. */
const PROOF_MIN = 1e-9;

/**
 * Maximises the dual function by a semismooth Newton method with prices kept in [0, cap] (Qi and Sun 1993; a projected
 * Newton method in the manner of Bertsekas 1982), with curvature averaged over a window that narrows with the steps,
 * and a line search on its derivative. Each iterate's primal weights
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
  const state = new DualState(p, start, proximal);
  const { status, iterations } = climb(state, settings);
  const { point, value } = state;
  return { status: status === 'near' ? 'stalled' : status, point, value, iterations };
}

/**
 * Takes Newton steps until the state is at the maximum or gets no further.
 *
 * @param state moved
 * @param near ends the climb after a step that moved the slopes by less
 */
export function climb(state: DualState, settings: NewtonSettings, near = 0): Climb {
  const { p, proximal, point, value } = state;
  let search: DualSearch | undefined;
  let system: NewtonSystem | undefined;
  const isFree = new Uint8Array(p.caps.length);
  const volatility = Math.sqrt(2 * p.bounds[RISK]!);
  let bare: PreparedProblem | undefined;
  let { width } = settings;
  let [tiny, distance] = [0, 0];
  for (let iteration = 0; ; iteration += 1) {
    const outcome = (status: Climb['status']): Climb => ({ status, iterations: iteration, width, distance });
    if (isSolved(state, settings)) return outcome('converged');
    if (iteration > 0 && distance < near) return outcome('near');
    if (settings.seeks_proof && largest(point.prices) > SUSPICIOUS_PRICE) {
      bare ??= withoutObjective(p);
      if (provesInfeasible(bare, point.prices, value.implied)) return outcome('infeasible');
    }
    if (iteration >= settings.iterations_max) return outcome('stalled');
    markFree(p, point, value.gradient, isFree);
    const response = width > WIDTH_MIN ? state.averagedOver(width) : value.response;
    search ??= new DualSearch(state);
    system ??= new NewtonSystem(p);
    system.assemble(response, value.implied, isFree, p.gamma + point.prices[RISK]! + proximal.weight);
    const slope = newtonStep(system, value.gradient, point, p.caps, isFree, volatility, search.step);
    if (!(slope > 0)) return outcome('stalled');
    search.aim();
    const length = lineSearch(search, slope, longestStep(point.prices, search.step.prices, p.caps));
    distance = search.distance(length);
    tiny = length < TINY_STEP ? tiny + 1 : 0;
    if (tiny >= TINY_STEPS_MAX || search.isStill(length)) return outcome('stalled');
    width = nextWidth(width, length, distance);
    search.move(length);
  }
}

function nextWidth(width: number, length: number, distance: number): number {
  const share = length > FULL_STEP_MIN && length < FULL_STEP_MAX ? FULL_STEP_SHARE : 1;
  return Math.min(width * WIDEN, Math.max(width * NARROW, share * distance));
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
    const price = point.prices[j]!;
    const cap = p.caps[j]!;
    const rise = gradient.prices[j]!;
    const isStuck = (price <= 0 && rise <= 0) || (price >= cap && rise >= 0) || cap === 0;
    isFree[j] = isStuck ? 0 : 1;
  }
}

/** How good the weights of a state are. */
export interface Standing {
  /** less what soft limits charge */
  readonly utility: number;
  /** the bound that the state's prices and exposures give is so much more */
  readonly gap: number;
  /** the largest excess over a hard limit, in weight */
  readonly violation: number;
}

/**
 * As the weights minimise the Lagrangian, the duality gap is the sum of what priced limits leave unused and the mismatch
 * of the factor exposures.
 *
 * @returns undefined where the violation is more than allowed
 */
export function standingOf({ p, point, value, proximal }: DualState, allowed: number): Standing | undefined {
  const { gradient, response, exposures } = value;
  // the gradient takes the variance at the implied exposures, the limit is on that of the weights
  let [mismatch, variance] = [0, 0];
  for (let j = 0; j < p.k; j += 1) {
    mismatch += gradient.factors[j]! * gradient.factors[j]!;
    variance += exposures[j]! * exposures[j]! - value.implied[j]! * value.implied[j]!;
  }
  let gap = ((p.gamma + point.prices[RISK]! + proximal.weight) / 2) * mismatch;
  let violation = 0;
  for (let j = 0; j < p.caps.length; j += 1) {
    const cap = p.caps[j]!;
    const price = point.prices[j]!;
    const excess = gradient.prices[j]!;
    if (cap === 0) continue;
    if (excess > 0 && cap < Infinity) gap += (cap - price) * excess;
    else gap += price * Math.abs(excess);
    if (cap < Infinity) continue;
    const beyond = j === RISK ? volatilityExcess(p.bounds[RISK]!, excess + variance / 2) : excess;
    if (beyond > allowed) return undefined;
    violation = Math.max(violation, beyond);
  }
  return { utility: utilityOf(p, response.w, response.x, exposures), gap, violation };
}

/** Whether the weights keep the limits and the duality gap is closed. */
export function isSolved(state: DualState, settings: NewtonSettings): boolean {
  const standing = standingOf(state, settings.violation);
  if (standing === undefined) return false;
  return standing.gap <= settings.gap * Math.max(Math.abs(standing.utility), settings.utility_floor);
}
