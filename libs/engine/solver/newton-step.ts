import { boxedQuadratic } from './boxed-quadratic.js';
import type { DualPoint } from './dual.js';
import type { NewtonSystem } from './newton-system.js';
import { RISK } from './prepared-problem.js';

/**
 * Limits that no trading instrument moves leave zero rows, whose steps would be without measure: a price's pivot also
 * gets its gradient over the step that a price may take. That vanishes toward the solution (Levenberg and Marquardt).
 */
const STEP_MAX = 10;

/**
 * The Newton step of a concave function with prices in [0, cap]: maximises gradient'd - d'Md/2 over the steps that keep
 * the free prices in their ranges. The factors are eliminated first; the small problem that remains is in the prices.
 *
 * @param system M, assembled
 * @param isFree one a price: the others keep their values
 * @param volatility its limit
 * @param step overwritten
 * @returns the derivative of the function along the step
 */
export function newtonStep(
  system: NewtonSystem,
  gradient: DualPoint,
  point: DualPoint,
  caps: Float64Array,
  isFree: Uint8Array,
  volatility: number,
  step: DualPoint,
): number {
  const k = gradient.factors.length;
  const size = caps.length;
  const { couplings, limits } = system;
  const free: number[] = [];
  for (let j = 0; j < size; j += 1) if (isFree[j] === 1) free.push(j);
  const m = free.length;

  const factorStep = step.factors;
  factorStep.set(gradient.factors);
  system.solveFactors(factorStep, 0);
  const responses = new Float64Array(m * k);
  for (let r = 0; r < m; r += 1) {
    for (let j = 0, to = r * k, from = free[r]! * k; j < k; j += 1) responses[to + j] = couplings[from + j]!;
    system.solveFactors(responses, r * k);
  }

  let highest = 0;
  for (let j = 0; j < size; j += 1) highest = Math.max(highest, point.prices[j]!);
  const stepMax = STEP_MAX * (1 + highest);
  const reduced = new Float64Array(m * m);
  const right = new Float64Array(m);
  const low = new Float64Array(m);
  const high = new Float64Array(m);
  for (let r = 0; r < m; r += 1) {
    const j = free[r]!;
    low[r] = -point.prices[j]!;
    high[r] = caps[j]! - point.prices[j]!;
    right[r] = gradient.prices[j]! - dot(couplings, j * k, factorStep, 0, k);
    for (let c = 0; c <= r; c += 1) {
      const entry = limits[j * size + free[c]!]! - dot(couplings, j * k, responses, c * k, k);
      reduced[r * m + c] = entry;
      reduced[c * m + r] = entry;
    }
    reduced[r * m + r]! += Math.abs(gradient.prices[j]!) / stepMax;
  }
  const unit = priceUnits(free, volatility);
  rescale(reduced, right, low, high, unit);
  const priceStep = boxedQuadratic(reduced, right, low, high);

  step.prices.fill(0);
  for (let r = 0; r < m; r += 1) {
    const length = priceStep[r]! * unit[r]!;
    step.prices[free[r]!] = length;
    for (let j = 0; j < k; j += 1) factorStep[j]! -= responses[r * k + j]! * length;
  }
  return dot(gradient.factors, 0, factorStep, 0, k) + dot(gradient.prices, 0, step.prices, 0, size);
}

/**
 * The price of half the variance is one of the volatility over its limit: where that is tiny, its pivot is far below what
 * others' rounding is.
 */
function priceUnits(free: readonly number[], volatility: number): Float64Array {
  const units = new Float64Array(free.length).fill(1);
  const r = free.indexOf(RISK);
  if (r >= 0) units[r] = 1 / volatility;
  return units;
}

/** The same small problem for steps in other units. */
function rescale(
  reduced: Float64Array,
  right: Float64Array,
  low: Float64Array,
  high: Float64Array,
  unit: Float64Array,
): void {
  const m = unit.length;
  for (let r = 0; r < m; r += 1) {
    const own = unit[r]!;
    right[r]! *= own;
    low[r]! /= own;
    high[r]! /= own;
    for (let c = 0; c < m; c += 1) reduced[r * m + c]! *= own * unit[c]!;
  }
}

function dot(u: Float64Array, uFrom: number, v: Float64Array, vFrom: number, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j += 1) sum += u[uFrom + j]! * v[vFrom + j]!;
  return sum;
}
