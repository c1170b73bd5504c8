import { type Optimiser, type Problem, type Solution, solveElastic } from '../solver/index.js';
import type { GainPrices } from '../tax/index.js';
import { buildProblem } from './build-problem.js';
import { positionLimitName } from './limits.js';
import type { Mandate } from './mandate.js';
import type { WeightBounds } from './weight-bounds.js';

/** A limit that the portfolio broke before trading and that no trade list can restore. */
export interface Relaxation {
  /** `cash`, `risk`, `gross`, `sector:NAME`, `position:INSTRUMENT`, `rebalance:INSTRUMENT` */
  readonly name: string;
  /** the limits that prevent the cure: the same names, `turnover`, `liquidity` or `restricted` */
  readonly preventedBy: readonly string[];
}

/** The problem of a mandate and its answer, and what had to give way for it. */
export interface SolvedProblem {
  readonly problem: Problem;
  readonly solution: Solution;
  readonly relaxations: readonly Relaxation[];
}

/**
 * Solves the mandate's problem. Where the limits that are broken before trading cannot all be restored, those of higher
 * priority are brought as near to their bounds as can be first, and none further away than it was; limits that hold
 * before trading always hold after it.
 */
export function solveByPriority(
  mandate: Mandate,
  bounds: WeightBounds,
  optimiser: Optimiser,
  prices: GainPrices,
): SolvedProblem {
  const problem = buildProblem(mandate, bounds, prices);
  if (mandate.broken.length === 0) return { problem, solution: optimiser(problem), relaxations: [] };
  const { solution, relaxations } = solveElastic(problem, mandate.parameters.limitPriority, optimiser);
  return {
    problem,
    solution,
    relaxations: relaxations.map(({ limit, prevented_by }) => ({
      name: limitName(mandate, limit),
      preventedBy: [...new Set(prevented_by.flatMap((other) => preventers(mandate, other)))],
    })),
  };
}

/** The problem document's name of a limit in the words of the answer. */
function limitName({ universe, limits }: Mandate, limit: string): string {
  const [kind, ...rest] = limit.split(':');
  const subject = rest.join(':');
  if (kind === 'group') return `sector:${subject}`;
  if (kind === 'upper' || kind === 'lower') return positionLimitName(universe, limits, universe.index.get(subject)!);
  if (kind === 'invested_max') return 'cash';
  return limit === 'volatility' ? 'risk' : limit;
}

/** Bounds on single instruments stand for what keeps them from being reduced: restrictions and liquidity. */
function preventers(mandate: Mandate, limit: string): string[] {
  const { universe, limits } = mandate;
  if (limit === 'fixed') return ['restricted'];
  if (limit !== 'lower' && limit !== 'upper') return [limitName(mandate, limit)];
  const held = [...universe.w0.keys()].filter((i) => universe.w0[i] !== 0);
  const names: string[] = [];
  if (held.some((i) => limits.restricted[i] === 1)) names.push('restricted');
  if (held.some((i) => limits.liquidity[i]! < Math.abs(universe.w0[i]!))) names.push('liquidity');
  return names;
}
