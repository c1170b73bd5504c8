import type { Candidate } from './candidate.js';
import { startingWeights } from './feasibility.js';
import { withLevels, type LimitLevels } from './limit-levels.js';
import { withoutObjective } from './measure.js';
import { prepare } from './prepare.js';
import {
  GROSS,
  GROUPS,
  inOneShape,
  INVESTED_MAX,
  INVESTED_MIN,
  RISK,
  type Kinks,
  type PreparedProblem,
} from './prepared-problem.js';
import type { Problem } from './problem.js';
import { solveByProximalPoints } from './proximal.js';

/** The kinds of limits that w0 can break. Turnover and fixed instruments are not among them. */
export type RelaxableKind = 'position' | 'risk' | 'sector' | 'invested' | 'gross';

/** A limit whose bound is smaller than this is scaled by this, in weight. */
const SCALE_MIN = 0.01;
/** Total violation, each limit's scaled by its bound, that counts as none. */
const PRECISION = 1e-9;

export interface LeastViolation {
  /** the prepared problem whose utility is minus the violation */
  readonly p: PreparedProblem;
  readonly candidate: Candidate;
}

/**
 * Minimises by how much the limits of one kind are exceeded in total, each scaled by its bound, while no limit goes
 * beyond its given level.
 */
export function leastViolation(
  problem: Problem,
  kind: RelaxableKind,
  stated: LimitLevels,
  levels: LimitLevels,
): LeastViolation {
  const p = violationProblem(problem, kind, stated, levels);
  const settings = {
    iterations_max: 0,
    gap: PRECISION,
    violation: 1e-10,
    utility_floor: 1,
    seeks_proof: false,
    width: 0,
  };
  return { p, candidate: solveByProximalPoints(p, startingWeights(p), settings).best };
}

function violationProblem(
  problem: Problem,
  kind: RelaxableKind,
  stated: LimitLevels,
  levels: LimitLevels,
): PreparedProblem {
  switch (kind) {
    case 'position':
      return positionProblem(problem, stated, levels);
    case 'sector':
      return sectorProblem(problem, stated, levels);
    case 'risk': {
      const p = bare(problem, { ...levels, volatility: stated.volatility });
      return softened(p, [[RISK, 1 / (2 * p.bounds[RISK]!)]]);
    }
    case 'invested': {
      const isOver = levels.invested.max > stated.invested.max;
      const { min, max } = isOver
        ? { ...levels.invested, max: stated.invested.max }
        : { ...levels.invested, min: stated.invested.min };
      const p = bare(problem, { ...levels, invested: { min, max } });
      return softened(p, [isOver ? [INVESTED_MAX, 1 / scaleOf(max)] : [INVESTED_MIN, 1 / scaleOf(min)]]);
    }
    case 'gross': {
      const p = bare(problem, { ...levels, gross: stated.gross });
      return softened(p, [[GROSS, 1 / scaleOf(stated.gross ?? 0)]]);
    }
  }
}

/** Every unit that brings a weight toward its bound earns one over the bound's scale; beyond, there is nothing to earn. */
function positionProblem(problem: Problem, stated: LimitLevels, levels: LimitLevels): PreparedProblem {
  const p = bare(problem, levels);
  const buyCost = new Float64Array(p.n);
  const sellCost = new Float64Array(p.n);
  const kinks = new Array<Kinks | undefined>(p.n).fill(undefined);
  const special = p.special.slice();
  problem.initial.forEach((w0, i) => {
    const [low, high] = [stated.lower[i]!, stated.upper[i]!];
    if (w0 > high || w0 < low) special[i] = 1;
    if (w0 > high) {
      sellCost[i] = -1 / scaleOf(high);
      kinks[i] = { buy: [], sell: [{ distance: w0 - high, jump: 1 / scaleOf(high) }] };
    } else if (w0 < low) {
      buyCost[i] = -1 / scaleOf(low);
      kinks[i] = { buy: [{ distance: low - w0, jump: 1 / scaleOf(low) }], sell: [] };
    }
  });
  return inOneShape({ ...p, buyCost, sellCost, kinks, special });
}

/** A broken group has its stated maximum at a price, besides the level that it may not exceed at any price. */
function sectorProblem(problem: Problem, stated: LimitLevels, levels: LimitLevels): PreparedProblem {
  const groups = problem.groups ?? [];
  const broken = groups.map((_, g) => g).filter((g) => levels.groups[g]! > stated.groups[g]!);
  const doubled: Problem = { ...problem, groups: [...groups, ...broken.map((g) => groups[g]!)] };
  const p = bare(doubled, { ...levels, groups: [...levels.groups, ...broken.map((g) => stated.groups[g]!)] });
  return softened(
    p,
    broken.map((g, copy) => [GROUPS + groups.length + copy, 1 / scaleOf(stated.groups[g]!)]),
  );
}

function bare(problem: Problem, levels: LimitLevels): PreparedProblem {
  const p = withoutObjective(prepare(withLevels(problem, levels)));
  return inOneShape({ ...p, scale: 1 });
}

function softened(p: PreparedProblem, prices: readonly (readonly [number, number])[]): PreparedProblem {
  const caps = p.caps.slice();
  for (const [j, price] of prices) if (caps[j]! > 0) caps[j] = price;
  return inOneShape({ ...p, caps });
}

function scaleOf(bound: number): number {
  return Math.max(SCALE_MIN, Math.abs(bound));
}
