import { infeasibilityProof, relativeGap, utilityBound } from '../certificate/index.js';
import type { Multipliers, Problem, Solution } from './problem.js';

/** A volatility limit below this leaves room for no risk at all. */
const NO_VOLATILITY = 1e-8;
/** Prices of the variance tried for the bound, each a hundred times the last. */
const PRICES_MAX = 16;

/**
 * The problem whose volatility limit is zero, with the limit replaced by what it means: nothing may be held that has
 * risk. (Riskless combinations of risky instruments are passed over; the bound then shows what that may have cost.)
 * Undefined for every other problem, and where bounds force a risky instrument to be held, which a price can prove.
 */
export function withoutRisk(problem: Problem): Problem | undefined {
  const { covariance, volatility_max: limit, fixed = [] } = problem;
  if (typeof limit !== 'number' || limit >= NO_VOLATILITY) return undefined;
  const isRisky = covariance.specific.map(
    (variance, i) => variance > 0 || covariance.loadings[i]!.some((loading) => loading !== 0),
  );
  const isForced = (i: number) => problem.lower[i]! > 0 || problem.upper[i]! < 0;
  if (isRisky.some((risky, i) => risky && isForced(i))) return undefined;
  if (fixed.some((i) => isRisky[i] && problem.initial[i] !== 0)) return undefined;
  return {
    ...problem,
    volatility_max: null,
    lower: problem.lower.map((low, i) => (isRisky[i] ? 0 : low)),
    upper: problem.upper.map((high, i) => (isRisky[i] ? 0 : high)),
  };
}

/**
 * Turns the solution of the replaced problem into one of the problem itself: the bound needs a price of the variance
 * that makes holding any risk pointless. The supremum is not attained; a price is taken from where it adds nothing.
 */
export function pricedRisk(problem: Problem, solution: Solution): Solution {
  let best = solution;
  let tightest = -Infinity;
  let price = 1;
  for (let attempt = 0; attempt < PRICES_MAX; attempt += 1, price *= 100) {
    const multipliers: Multipliers = {
      ...solution.multipliers,
      volatility: price,
      factors: (problem.covariance.loadings[0] ?? []).map(() => 0),
    };
    if (solution.status === 'INFEASIBLE') {
      const proof = infeasibilityProof(problem, multipliers, solution.w);
      // a higher price that proves hardly more only makes the proof harder to tell from rounding
      if (proof > Math.max(tightest * 1.01, tightest)) [tightest, best] = [proof, { ...solution, multipliers }];
      continue;
    }
    const bound = Math.max(solution.objective, utilityBound(problem, multipliers, solution.w));
    if (-bound > tightest) {
      tightest = -bound;
      const gap_relative = relativeGap(problem, solution.objective, bound);
      best = { ...solution, multipliers, bound, gap_relative };
    }
  }
  return best;
}
