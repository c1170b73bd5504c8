import { solveElastic } from './elastic.js';
import type { Optimiser } from './problem.js';
import { solveStrictly } from './solve-strictly.js';

/**
 * The engine's own solver. Deterministic: the same problem gives the same bits. How good an answer is stands in its
 * `gap_relative` and `violation_max`, which a caller should look at before using it (see solveCertified).
 */
export const solve: Optimiser = (problem, { warm_start, elastic = false } = {}) => {
  const solution = solveStrictly(problem, warm_start?.multipliers);
  if (!elastic || solution.status !== 'INFEASIBLE') return solution;
  return solveElastic(problem, undefined, (doc) => (doc === problem ? solution : solveStrictly(doc))).solution;
};
