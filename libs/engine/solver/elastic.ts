import { checkLimits, variance } from '../certificate/index.js';
import { listOf } from '../numerics/index.js';
import { hinderingLimits } from './hindering-limits.js';
import { leastViolation, type LeastViolation, type RelaxableKind } from './least-violation.js';
import { initialLevels, looser, statedLevels, withLevels, type LimitLevels } from './limit-levels.js';
import type { Optimiser, Problem, Solution } from './problem.js';
import { solveStrictly } from './solve-strictly.js';

/** A limit that could not be kept. */
export interface Relaxation {
  /** invested_min, invested_max, group:NAME, volatility, gross, lower:INSTRUMENT or upper:INSTRUMENT */
  readonly limit: string;
  readonly bound: number;
  /** what it is after trading; never further beyond the bound than before */
  readonly value: number;
  readonly relaxed_by: number;
  /** the limits that keep it from being cured, named as in `conflicts` */
  readonly prevented_by: readonly string[];
}

export interface ElasticSolution {
  readonly solution: Solution;
  readonly relaxations: readonly Relaxation[];
}

/** The higher are kept first. Restricted instruments and turnover are never relaxed: w0 does not break them. */
export const DEFAULT_LIMIT_PRIORITY: readonly string[] = [
  'restricted',
  'position',
  'risk',
  'sector',
  'cash',
  'turnover',
];

const KINDS: Readonly<Record<string, readonly RelaxableKind[]>> = {
  position: ['position'],
  risk: ['risk'],
  sector: ['sector'],
  cash: ['invested', 'gross'],
};
/**
 * How far beyond the least violation the levels are set, so that the weights that reach it have room. In weight; the
 * volatility has a multiple of it, relative, as its limit is curved. Tried in turn.
 */
const SLACKS = [1e-9, 1e-7, 1e-5];
const VOLATILITY_SLACK = 100;

/**
 * Solves a problem whose limits may not hold together. Where they do, the answer is the optimiser's. Where they do
 * not, the limits that w0 breaks are brought as near to their bounds as the others allow, one class after the other:
 * the total violation of the highest class first, each limit's scaled by its bound, while those of lower classes are
 * only kept from getting worse than at w0. Then the utility is maximised with the limits at the levels reached.
 * Not trading breaks nothing more than w0 does, so that this always has an answer, of status RELAXED. Its bound is for
 * the levels reached; its violation is of the limits as stated.
 *
 * @param priority classes of limits, the most important first; those left out follow in the default order. Names other
 * than restricted, position, risk, sector, cash and turnover have no limits in a problem document and are passed over.
 * @param optimiser solves the problem as stated and the one with its limits at the levels reached
 */
export function solveElastic(
  problem: Problem,
  priority: readonly string[] = DEFAULT_LIMIT_PRIORITY,
  optimiser: Optimiser = (doc) => solveStrictly(doc),
): ElasticSolution {
  const strict = optimiser(problem);
  if (strict.status !== 'INFEASIBLE') return { solution: strict, relaxations: [] };
  let answer: ElasticSolution | undefined;
  for (const slack of SLACKS) {
    const { levels, hindrances } = leastLevels(problem, priority, slack);
    const solution = optimiser(withLevels(problem, levels));
    answer = relaxed(problem, strict, solution, hindrances, 2 * VOLATILITY_SLACK * slack);
    if (isGood(solution)) return answer;
  }
  return answer!;
}

function isGood({ status, violation_max, gap_relative }: Solution): boolean {
  return status === 'OPTIMAL' && violation_max <= 1e-8 && gap_relative <= 1e-6;
}

type Hindrances = ReadonlyMap<RelaxableKind, readonly string[]>;

function leastLevels(
  problem: Problem,
  priority: readonly string[],
  slack: number,
): { levels: LimitLevels; hindrances: Hindrances } {
  const stated = statedLevels(problem);
  let levels = looser(stated, initialLevels(problem));
  const hindrances = new Map<RelaxableKind, readonly string[]>();
  for (const kind of kindsInOrder(priority)) {
    if (!isBroken(kind, stated, levels)) continue;
    const least = leastViolation(problem, kind, stated, levels);
    hindrances.set(kind, hinderingLimits(problem, least));
    levels = reachedLevels(problem, kind, stated, levels, least, slack);
  }
  return { levels, hindrances };
}

function kindsInOrder(priority: readonly string[]): RelaxableKind[] {
  const named = [...priority, ...DEFAULT_LIMIT_PRIORITY].flatMap((name) => KINDS[name] ?? []);
  return [...new Set(named)];
}

function isBroken(kind: RelaxableKind, stated: LimitLevels, levels: LimitLevels): boolean {
  switch (kind) {
    case 'position':
      return levels.lower.some((low, i) => low < stated.lower[i]! || levels.upper[i]! > stated.upper[i]!);
    case 'risk':
      return stated.volatility !== null && levels.volatility! > stated.volatility;
    case 'sector':
      return levels.groups.some((max, g) => max > stated.groups[g]!);
    case 'invested':
      return levels.invested.min < stated.invested.min || levels.invested.max > stated.invested.max;
    case 'gross':
      return stated.gross !== null && levels.gross! > stated.gross;
  }
}

/** The levels with those of one kind brought to where the least violation has them. */
function reachedLevels(
  problem: Problem,
  kind: RelaxableKind,
  stated: LimitLevels,
  levels: LimitLevels,
  { candidate }: LeastViolation,
  slack: number,
): LimitLevels {
  const w = listOf(candidate.w);
  const atMost = (bound: number, value: number, level: number) => Math.min(level, Math.max(bound, value + slack));
  const atLeast = (bound: number, value: number, level: number) => Math.max(level, Math.min(bound, value - slack));
  const values = Object.fromEntries(checkLimits(problem, w).map(({ limit, value }) => [limit, value]));
  switch (kind) {
    case 'position':
      return {
        ...levels,
        lower: levels.lower.map((low, i) => atLeast(stated.lower[i]!, w[i]!, low)),
        upper: levels.upper.map((high, i) => atMost(stated.upper[i]!, w[i]!, high)),
      };
    case 'risk': {
      const volatility = Math.sqrt(variance(problem, w));
      return {
        ...levels,
        volatility: atMost(stated.volatility!, volatility * (1 + VOLATILITY_SLACK * slack), levels.volatility!),
      };
    }
    case 'sector':
      return {
        ...levels,
        groups: (problem.groups ?? []).map(({ name }, g) =>
          atMost(stated.groups[g]!, values[`group:${name}`]!, levels.groups[g]!),
        ),
      };
    case 'invested':
      return {
        ...levels,
        invested: {
          min: atLeast(stated.invested.min, values['invested_min']!, levels.invested.min),
          max: atMost(stated.invested.max, values['invested_max']!, levels.invested.max),
        },
      };
    case 'gross':
      return { ...levels, gross: atMost(stated.gross!, values['gross']!, levels.gross!) };
  }
}

/** @param negligible an excess that only comes from the slack, in weight */
function relaxed(
  problem: Problem,
  strict: Solution,
  solution: Solution,
  hindrances: Hindrances,
  negligible: number,
): ElasticSolution {
  const excesses = checkLimits(problem, solution.w).filter(({ excess }) => excess > negligible);
  const relaxations = excesses.map(({ limit, value, bound, excess }) => ({
    limit,
    bound,
    value,
    relaxed_by: excess,
    prevented_by: (hindrances.get(kindOf(limit)) ?? []).filter((name) => name !== limit),
  }));
  return {
    solution: {
      ...solution,
      status: 'RELAXED',
      violation_max: excesses.reduce((worst, { excess }) => Math.max(worst, excess), 0),
      conflicts: strict.conflicts,
      iterations: strict.iterations + solution.iterations,
    },
    relaxations,
  };
}

function kindOf(limit: string): RelaxableKind {
  if (limit.startsWith('group:')) return 'sector';
  if (limit.startsWith('invested')) return 'invested';
  if (limit === 'volatility') return 'risk';
  return limit === 'gross' ? 'gross' : 'position';
}
