import {
  checkLimits,
  evaluateUtility,
  fixedConflict,
  minimalConflict,
  suspectsOf,
  verifySolution,
  type Multipliers,
  type Optimiser,
  type Problem,
  type Solution,
} from '#engine';
import { loadClarabel, type ConicAnswer } from './clarabel.js';
import { formulate } from './formulate.js';

type ClarabelSolve = ReturnType<typeof loadClarabel>;

/** The tolerance of the duality gap, and the unit of the trades in weight. */
export interface Attempt {
  readonly tolerance: number;
  readonly unit: number;
}

/** Clarabel gives up on some problems at a tolerance or a scale and solves them at another. */
const ATTEMPTS: readonly Attempt[] = [
  { tolerance: 1e-10, unit: 0.01 },
  { tolerance: 1e-8, unit: 0.01 },
  { tolerance: 1e-8, unit: 0.1 },
  { tolerance: 1e-8, unit: 0.001 },
];
/** Trades below this are what an interior point leaves of a zero. In weight. */
const DUST = 1e-7;
/** Excess over a limit up to which a portfolio counts as keeping it. In weight. */
const FEASIBLE = 1e-8;

/**
 * The reference solver: Clarabel, an interior-point method for conic programs. The engine's own solver falls back on it
 * and is tested against it. Its answers carry the bound of the independent certificate, so `gap_relative` tells how
 * good they are. It does not relax limits: what is infeasible stays so whatever the options say.
 *
 * @param attempts tried in turn until one is certified; the best is answered where none is
 */
export async function createReferenceSolver(attempts: readonly Attempt[] = ATTEMPTS): Promise<Optimiser> {
  const clarabel = await Promise.resolve().then(loadClarabel);
  return (problem) => solveWith(clarabel, problem, attempts);
}

function solveWith(clarabel: ClarabelSolve, problem: Problem, attempts: readonly Attempt[]): Solution {
  const blocked = fixedConflict(problem);
  if (blocked.length > 0) return infeasible(problem, problem.initial, zeroMultipliers(problem), blocked, 0);
  let best: Solution | undefined;
  for (const { tolerance, unit } of attempts) {
    const form = formulate(problem, 'optimum', unit);
    const answer = clarabel(form.program, tolerance);
    const refused = answer.status === 'infeasible' ? refusal(clarabel, problem) : undefined;
    if (refused !== undefined) return refused;
    const solution = optimum(problem, tidy(problem, form.weights(answer.x)), form.multipliers(answer.z), answer);
    if (isCertified(solution)) return solution;
    if (best === undefined || isBetter(solution, best)) best = solution;
  }
  return refusal(clarabel, problem) ?? best!;
}

function isCertified({ gap_relative, violation_max }: Solution): boolean {
  return gap_relative <= 1e-6 && violation_max <= 1e-7;
}

function isBetter(one: Solution, other: Solution): boolean {
  if (one.violation_max > 1e-7 || other.violation_max > 1e-7) return one.violation_max < other.violation_max;
  return one.gap_relative < other.gap_relative;
}

function optimum(problem: Problem, w: readonly number[], multipliers: Multipliers, answer: ConicAnswer): Solution {
  const { objective, bound, gap_relative, violation_max } = verifySolution(problem, { w, multipliers });
  return {
    format: 'coordination-solution/1',
    status: 'OPTIMAL',
    w,
    objective,
    bound,
    gap_relative,
    violation_max,
    multipliers,
    conflicts: [],
    iterations: answer.iterations,
    solver: 'clarabel',
  };
}

interface Proof {
  readonly w: readonly number[];
  readonly multipliers: Multipliers;
  readonly iterations: number;
}

/** Minimises the sum of the excesses over the limits; a positive minimum proves that they cannot hold together. */
function proofOfInfeasibility(clarabel: ClarabelSolve, problem: Problem): Proof | undefined {
  for (const { tolerance, unit } of ATTEMPTS) {
    const form = formulate(problem, 'least-violation', unit);
    const { status, x, z, iterations } = clarabel(form.program, Math.max(tolerance, 1e-9));
    if (status !== 'optimal') continue;
    const [w, multipliers] = [form.weights(x), form.multipliers(z)];
    return verifySolution(problem, { w, multipliers }).infeasibility_proved
      ? { w, multipliers, iterations }
      : undefined;
  }
  return undefined;
}

function refusal(clarabel: ClarabelSolve, problem: Problem): Solution | undefined {
  const proof = proofOfInfeasibility(clarabel, problem);
  if (proof === undefined) return undefined;
  const isInfeasible = (part: Problem) =>
    fixedConflict(part).length > 0 || proofOfInfeasibility(clarabel, part) !== undefined;
  const conflicts = minimalConflict(problem, suspectsOf(problem, proof.multipliers), isInfeasible);
  return infeasible(problem, proof.w, proof.multipliers, conflicts, proof.iterations);
}

function infeasible(
  problem: Problem,
  w: readonly number[],
  multipliers: Multipliers,
  conflicts: readonly string[],
  iterations: number,
): Solution {
  const { objective, violation_max } = verifySolution(problem, { w, multipliers });
  return {
    format: 'coordination-solution/1',
    status: 'INFEASIBLE',
    w,
    objective,
    bound: objective,
    gap_relative: 0,
    violation_max,
    multipliers,
    conflicts,
    iterations,
    solver: 'clarabel',
  };
}

/**
 * Brings the weights into their bounds and turns dust trades into none, unless that breaks a limit that was kept or
 * lowers the utility noticeably.
 */
function tidy(problem: Problem, w: readonly number[]): readonly number[] {
  const fixed = new Set(problem.fixed ?? []);
  const within = w.map((weight, i) =>
    fixed.has(i) ? problem.initial[i]! : Math.min(problem.upper[i]!, Math.max(problem.lower[i]!, weight)),
  );
  const held = within.map((weight, i) => {
    const w0 = problem.initial[i]!;
    const canHold = w0 >= problem.lower[i]! && w0 <= problem.upper[i]!;
    return canHold && Math.abs(weight - w0) < DUST ? w0 : weight;
  });
  const [before, after] = [worstExcess(problem, within), worstExcess(problem, held)];
  const [utilityBefore, utilityAfter] = [evaluateUtility(problem, within).total, evaluateUtility(problem, held).total];
  const isHarmless =
    after <= Math.max(before, FEASIBLE) && utilityAfter >= utilityBefore - 1e-8 * Math.abs(utilityBefore);
  return isHarmless ? held : within;
}

function worstExcess(problem: Problem, w: readonly number[]): number {
  return checkLimits(problem, w).reduce((worst, { excess }) => Math.max(worst, excess), 0);
}

function zeroMultipliers(problem: Problem): Multipliers {
  return { invested: 0, groups: (problem.groups ?? []).map(() => 0), turnover: 0, volatility: 0, gross: 0 };
}
