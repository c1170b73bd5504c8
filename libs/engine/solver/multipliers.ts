import { GROSS, GROUPS, INVESTED_MAX, INVESTED_MIN, RISK, TURNOVER, type PreparedProblem } from './prepared-problem.js';
import type { Multipliers } from './problem.js';
import { multiplyTransposed, solveTransposed } from './semidefinite-cholesky.js';

/**
 * The multipliers of the problem's document.
 *
 * @param prices in the prepared problem's order
 * @param implied factor exposures in the prepared problem's factors, k
 * @param unit of utility that a price of one stands for
 */
export function documentMultipliers(
  p: PreparedProblem,
  prices: Float64Array,
  implied: Float64Array,
  unit: number,
): Multipliers {
  const price = (j: number) => prices[j]! * unit;
  const groups: number[] = [];
  for (let j = GROUPS; j < prices.length; j += 1) groups.push(price(j));
  return {
    invested: price(INVESTED_MAX) - price(INVESTED_MIN),
    invested_min: price(INVESTED_MIN),
    groups,
    turnover: price(TURNOVER),
    volatility: price(RISK),
    gross: price(GROSS),
    ...(p.k > 0 ? { factors: p.root === undefined ? Array.from(implied) : solveTransposed(p.root, implied) } : {}),
  };
}

/** The prices that the document's multipliers stand for, each brought into its range. */
export function preparedPrices(p: PreparedProblem, multipliers: Multipliers): Float64Array {
  const min = multipliers.invested_min ?? Math.max(0, -multipliers.invested);
  const named = new Float64Array(GROUPS);
  named[INVESTED_MAX] = multipliers.invested + min;
  named[INVESTED_MIN] = min;
  named[TURNOVER] = multipliers.turnover;
  named[RISK] = multipliers.volatility;
  named[GROSS] = multipliers.gross;
  return p.caps.map((cap, j) => {
    const price = (j < GROUPS ? named[j] : multipliers.groups[j - GROUPS]) ?? 0;
    return Math.min(cap, Math.max(0, price / p.scale));
  });
}

/** The factor exposures of the document's multipliers in the prepared problem's factors; undefined where they bring none. */
export function preparedExposures(p: PreparedProblem, { factors }: Multipliers): Float64Array | undefined {
  if (factors?.length !== p.k) return undefined;
  return p.root === undefined ? Float64Array.from(factors) : multiplyTransposed(p.root, factors);
}
