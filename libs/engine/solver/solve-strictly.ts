import { checkLimits, evaluateUtility } from '../certificate/index.js';
import { listOf } from '../numerics/index.js';
import { compact, type CompactProblem } from './compact.js';
import { decideFeasibility } from './feasibility.js';
import { fixedConflict, minimalConflict, suspectsOf } from './limits.js';
import { documentMultipliers } from './multipliers.js';
import type { DualState } from './dual-state.js';
import { optimise, type Optimum, type WarmStart } from './optimise.js';
import { prepare } from './prepare.js';
import type { PreparedProblem } from './prepared-problem.js';
import type { Multipliers, Problem, Solution } from './problem.js';

/** Excess over limits up to which weights count as keeping them. */
const KEPT = 1e-10;

/**
 * Solves a problem with all its limits hard: OPTIMAL with a bound, or INFEASIBLE with w0 as weights, multipliers that
 * prove it and a smallest set of limits that cannot hold together.
 */
export function solveStrictly(problem: Problem, warm?: Multipliers): Solution {
  const blocked = fixedConflict(problem);
  if (blocked.length > 0) return infeasible(problem, noMultipliers(problem), blocked, 0, 'dual-newton');
  return solveLaidOut(problem, layOut(problem), warm).solution;
}

/** A problem as the solver works on it: without the instruments that cannot trade where those are many, and prepared. */
export interface LaidOutProblem {
  readonly reduced: CompactProblem | null;
  readonly p: PreparedProblem;
}

/** @param problem one in which no fixed instrument breaks its bounds */
export function layOut(problem: Problem): LaidOutProblem {
  const reduced = compact(problem);
  return { reduced, p: prepare(reduced?.problem ?? problem) };
}

export function solveLaidOut(
  problem: Problem,
  { reduced, p }: LaidOutProblem,
  warm?: WarmStart,
): { readonly solution: Solution; readonly state: DualState | undefined } {
  const optimum = optimise(p, strongestOf(problem.alpha), warm);
  if (optimum.status === 'INFEASIBLE') return { solution: refuse(problem, p, optimum), state: undefined };
  const { w } = optimum.candidate;
  const solution = optimal(p, optimum, reduced === null ? listOf(w) : reduced.expand(w));
  return { solution, state: optimum.state };
}

/** The largest |alpha|. */
export function strongestOf(alpha: readonly number[]): number {
  let strongest = 0;
  for (let i = 0; i < alpha.length; i += 1) strongest = Math.max(strongest, Math.abs(alpha[i]!));
  return strongest;
}

function optimal(
  p: PreparedProblem,
  { candidate, iterations, method, floor }: Optimum,
  w: readonly number[],
): Solution {
  // adding zero turns -0 into 0
  const objective = candidate.utility * p.scale + 0;
  const bound = Math.max(objective, candidate.bound * p.scale);
  return {
    format: 'coordination-solution/1',
    status: 'OPTIMAL',
    w,
    objective,
    bound,
    gap_relative: (bound - objective) / Math.max(Math.abs(objective), floor * p.scale),
    violation_max: candidate.violation,
    multipliers: documentMultipliers(p, candidate.prices, candidate.implied, p.scale),
    conflicts: [],
    iterations,
    solver: nameOf(method),
  };
}

function refuse(problem: Problem, p: PreparedProblem, { candidate, iterations, method }: Optimum): Solution {
  const largest = candidate.prices.reduce((most, price) => Math.max(most, price), 0);
  const proof = documentMultipliers(p, candidate.prices, candidate.implied, 1 / largest);
  return infeasible(problem, proof, conflictsOf(problem, suspectsOf(problem, proof)), iterations, nameOf(method));
}

/** Weights found on the way often keep the limits of a later question, which then needs no solving. */
function conflictsOf(problem: Problem, suspects: readonly string[]): string[] {
  const found: (readonly number[])[] = [problem.initial];
  return minimalConflict(problem, suspects, (part) => {
    if (fixedConflict(part).length > 0) return true;
    if (found.some((w) => excessOf(part, w) <= KEPT)) return false;
    const { verdict, candidate } = decideFeasibility(prepare(part));
    found.push(listOf(candidate.w));
    return verdict === 'infeasible';
  });
}

function excessOf(problem: Problem, w: readonly number[]): number {
  return checkLimits(problem, w).reduce((worst, { excess }) => Math.max(worst, excess), 0);
}

function infeasible(
  problem: Problem,
  multipliers: Multipliers,
  conflicts: readonly string[],
  iterations: number,
  solver: string,
): Solution {
  const objective = evaluateUtility(problem, problem.initial).total;
  return {
    format: 'coordination-solution/1',
    status: 'INFEASIBLE',
    w: problem.initial,
    objective,
    bound: objective,
    gap_relative: 0,
    violation_max: excessOf(problem, problem.initial),
    multipliers,
    conflicts,
    iterations,
    solver,
  };
}

function noMultipliers(problem: Problem): Multipliers {
  return { invested: 0, groups: (problem.groups ?? []).map(() => 0), turnover: 0, volatility: 0, gross: 0 };
}

function nameOf(method: Optimum['method']): string {
  return method === 'newton' ? 'dual-newton' : 'dual-newton:proximal';
}
