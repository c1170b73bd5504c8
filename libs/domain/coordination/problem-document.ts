import { type CoordinationResult, evaluateUtility, type Problem, type Solution } from '#engine';

/**
 * The problem of a coordination exactly as it was solved (`coordination-problem/1`), with the answer: whoever doubts it
 * needs nothing else.
 */
export interface CoordinationProblem extends Problem {
  /** the continuous answer, with the multipliers that prove its bound */
  readonly solution: Solution;
  /** the portfolio of whole lots that was decided on, and its utility: the bound holds for it too */
  readonly whole_lots: { readonly w: readonly number[]; readonly objective: number };
}

export function problemDocument({ problem, solution, weights }: CoordinationResult): CoordinationProblem {
  return { ...problem, solution, whole_lots: { w: weights, objective: evaluateUtility(problem, weights).total } };
}
