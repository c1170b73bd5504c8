import { verifySolution } from '../certificate/index.js';
import { solveElastic } from './elastic.js';
import { fixedConflict } from './limits.js';
import type { Optimiser, Problem, Solution, SolveOptions } from './problem.js';
import { solve } from './solve.js';

/** What an answer has to come up to, by the independent certificate. */
const GAP_MAX = 1e-6;
/** In weight; for the volatility, in standard deviation. */
const VIOLATION_MAX = 1e-8;

const REFERENCE = 'reference:';
const UNCERTIFIED = ':uncertified';

/**
 * Solves a problem by the engine's own solver and checks the answer by the certificate, which shares no code with it.
 * An answer that is not certified is replaced by the fallback's where that is better; `solver` then reads
 * "reference:NAME". Where there is no better one, `gap_relative` and `violation_max` tell how far off it is, and
 * `solver` ends in ":uncertified".
 */
export function solveCertified(problem: Problem, fallback: Optimiser | null, options: SolveOptions = {}): Solution {
  if (options.elastic === true) {
    return solveElastic(problem, undefined, (doc) => solveCertified(doc, fallback)).solution;
  }
  const own = certified(problem, solve(problem, options));
  if (own.isCertified) return own.solution;
  const other = fallback === null ? undefined : certified(problem, named(fallback(problem, options)));
  if (other?.isCertified) return other.solution;
  const best = other !== undefined && isBetter(other.solution, own.solution) ? other.solution : own.solution;
  return { ...best, solver: `${best.solver}${UNCERTIFIED}` };
}

/** Whether the solver that a solution names is not the engine's own, or is not certified. */
export const isFallback = (solver: string): boolean => solver.startsWith(REFERENCE) || solver.endsWith(UNCERTIFIED);

/** The solution with its numbers as the certificate finds them. */
function certified(problem: Problem, solution: Solution): { solution: Solution; isCertified: boolean } {
  const check = verifySolution(problem, solution, VIOLATION_MAX);
  if (solution.status === 'INFEASIBLE') {
    return { solution, isCertified: check.infeasibility_proved || fixedConflict(problem).length > 0 };
  }
  const { objective, bound, gap_relative, violation_max } = check;
  const isCertified = gap_relative <= GAP_MAX && check.violations.length === 0;
  return {
    solution: { ...solution, objective, bound: Math.max(objective, bound), gap_relative, violation_max },
    isCertified,
  };
}

function named(solution: Solution): Solution {
  return { ...solution, solver: `${REFERENCE}${solution.solver}` };
}

function isBetter(one: Solution, other: Solution): boolean {
  if (one.status !== other.status) return one.status === 'OPTIMAL';
  const excess = ({ violation_max }: Solution) => (violation_max <= VIOLATION_MAX ? 0 : violation_max);
  return excess(one) === excess(other) ? one.gap_relative < other.gap_relative : excess(one) < excess(other);
}
