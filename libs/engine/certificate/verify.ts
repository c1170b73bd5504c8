import type { Multipliers, Problem, Solution } from '../solver/problem.js';
import { infeasibilityProof, utilityBound } from './bound.js';
import { checkLimits, type LimitCheck } from './limits.js';
import { evaluateUtility, variance } from './utility.js';

/** Excess over a limit that rounding may explain. In weight; for the volatility, in standard deviation. */
const PROOF_TOLERANCE = 1e-10;

/** Of NAV. A utility smaller than this is none: where nothing is to be gained at all, rounding is no gap. */
export const UTILITY_MIN = 1e-16;

/** What an independent reader of a problem and its solution can establish. */
export interface Verification {
  /** the utility of the solution's w, recomputed */
  readonly objective: number;
  /** the upper bound on every feasible utility that the solution's multipliers prove; -Infinity where they prove that nothing is feasible */
  readonly bound: number;
  /** (bound - objective) as relativeGap scales it */
  readonly gap_relative: number;
  /** the limits that w breaks by more than the tolerance */
  readonly violations: readonly LimitCheck[];
  /** the largest excess over any limit, 0 where w keeps them all */
  readonly violation_max: number;
  /** whether the multipliers prove that no w keeps every limit */
  readonly infeasibility_proved: boolean;
}

/**
 * Checks a solution against its problem, from the two documents alone: objective, every limit, and the bound. Shares
 * no code with the solver.
 *
 * @param tolerance the excess up to which a limit counts as kept, in weight
 */
export function verifySolution(
  problem: Problem,
  solution: Pick<Solution, 'w' | 'multipliers'>,
  tolerance = 1e-6,
): Verification {
  const { w, multipliers } = solution;
  const objective = evaluateUtility(problem, w).total;
  const limits = checkLimits(problem, w);
  const violation_max = limits.reduce((largest, check) => Math.max(largest, check.excess), 0);
  // weights whose every excess may be rounding leave nothing to prove
  const proved =
    violation_max > PROOF_TOLERANCE && infeasibilityProof(problem, multipliers, w) > explainable(problem, multipliers);
  const bound = proved ? -Infinity : utilityBound(problem, multipliers, w);
  return {
    objective,
    bound,
    gap_relative: proved ? 0 : relativeGap(problem, objective, bound),
    violations: limits.filter((check) => check.excess > tolerance),
    violation_max,
    infeasibility_proved: proved,
  };
}

/**
 * The gap between a bound and an objective, relative to the largest of: the objective, the utility of holding w0, and,
 * since both are zero where holding is best, one per cent of the strongest alpha and of the risk charged on w0 itself;
 * and UTILITY_MIN.
 */
export function relativeGap(problem: Problem, objective: number, bound: number): number {
  const gap = Math.max(0, bound - objective);
  if (gap === 0) return 0;
  let strongest = 0;
  for (const alpha of problem.alpha) strongest = Math.max(strongest, Math.abs(alpha));
  const held = evaluateUtility(problem, problem.initial).total;
  const risk = (problem.risk_aversion / 2) * variance(problem, problem.initial);
  return gap / Math.max(Math.abs(objective), Math.abs(held), 0.01 * strongest, 0.01 * risk, UTILITY_MIN);
}

/** What excesses of the proof tolerance over every priced limit would add up to, at the prices. */
function explainable(
  problem: Problem,
  { invested, invested_min, groups, turnover, volatility, gross }: Multipliers,
): number {
  const others = groups.reduce((sum, price) => sum + Math.abs(price), Math.abs(turnover) + Math.abs(gross));
  const sigma = problem.volatility_max ?? 0;
  const variance = (sigma + PROOF_TOLERANCE) * Math.abs(volatility);
  return PROOF_TOLERANCE * (others + Math.abs(invested) + 2 * Math.abs(invested_min ?? 0) + variance);
}
