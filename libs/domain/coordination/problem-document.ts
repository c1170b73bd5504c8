import { type CoordinationResult, evaluateUtility, type Problem, type Solution } from '#engine';

/**
 * The problem of a coordination exactly as it was solved (`coordination-problem/1`), with the answer: whoever doubts it
 * needs nothing else.
 */
export interface CoordinationProblem extends Problem {
  /** the continuous answer, with the multipliers that prove its bound */
  readonly solution: Solution;
  /** the portfolio of whole lots that was decided on, and its objective in this problem: the bound holds for it too */
  readonly whole_lots: {
    readonly w: readonly number[];
    readonly objective: number;
    /** with the exact tax of the lots sold; absent where it is the objective */
    readonly utility?: number;
    /** budgets of realised gains whose price is part of `tax`: solution.bound + sum price * room bounds the utility */
    readonly gain_prices?: readonly { readonly name: string; readonly price: number; readonly room: number }[];
  };
}

export function problemDocument(result: CoordinationResult): CoordinationProblem {
  const { problem, solution, weights, utility, gainPrices } = result;
  const objective = evaluateUtility(problem, weights).total;
  return {
    ...problem,
    solution,
    whole_lots: {
      w: weights,
      objective,
      ...(utility === objective ? {} : { utility }),
      ...(gainPrices.length === 0 ? {} : { gain_prices: gainPrices }),
    },
  };
}
