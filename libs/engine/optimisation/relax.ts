import type { LimitClass } from '../input.js';
import type { Optimiser, Problem, Solution } from '../solver/problem.js';
import { buildProblem, type PortfolioBounds, strictPortfolioBounds } from './build-problem.js';
import { leastValue } from './least-violation.js';
import type { LimitState } from './limits.js';
import type { Mandate } from './mandate.js';
import type { WeightBounds } from './weight-bounds.js';

/** A limit that the portfolio broke before trading and that no trade list can restore. */
export interface Relaxation {
  /** as in LimitState */
  readonly name: string;
  readonly bound: number;
  /** the least value that can be reached once the limits of higher priority are kept as far as they can be */
  readonly relaxedTo: number;
  /** the limits that prevent the cure */
  readonly preventedBy: readonly string[];
}

/** A problem that has a solution, and what had to give way for it. */
export interface SolvedProblem {
  readonly problem: Problem;
  readonly solution: Solution;
  readonly relaxations: readonly Relaxation[];
}

/** The bounds of one attempt. */
interface Attempt {
  readonly bounds: WeightBounds;
  readonly portfolio: PortfolioBounds;
}

/**
 * Solves the mandate's problem. Where the limits that are broken before trading cannot all be restored they are taken
 * up one after another by priority: each is restored if the ones before it allow, otherwise brought as close to its
 * bound as they allow, and never further away than it was. Limits that hold before trading always hold after it.
 * w0 satisfies the loosest of these problems, so that there is always an answer.
 */
export function solveByPriority(mandate: Mandate, bounds: WeightBounds, optimiser: Optimiser): SolvedProblem {
  const strict: Attempt = { bounds, portfolio: strictPortfolioBounds(mandate) };
  const problem = buildProblem(mandate, strict.bounds, strict.portfolio);
  const solution = optimiser(problem);
  if (solution.status !== 'INFEASIBLE' || mandate.broken.length === 0) return { problem, solution, relaxations: [] };
  let attempt = mandate.broken.reduce((loose, limit) => withBound(mandate, loose, limit, limit.value), strict);
  const relaxations: Relaxation[] = [];
  for (const tier of tiers(mandate)) {
    const tightened = tier.reduce((tight, limit) => withBound(mandate, tight, limit, limit.bound), attempt);
    const trial = optimiser(buildProblem(mandate, tightened.bounds, tightened.portfolio));
    if (trial.status !== 'INFEASIBLE') {
      attempt = tightened;
      continue;
    }
    const reached = leastValue(mandate, buildProblem(mandate, attempt.bounds, attempt.portfolio), tier, optimiser);
    attempt = tier.reduce((next, limit, t) => withBound(mandate, next, limit, reached[t]!), attempt);
    tier.forEach(({ name, bound }, t) => {
      const preventedBy = limitNames(mandate, trial.conflicts).filter((other) => !tier.some((l) => l.name === other));
      if (reached[t] !== bound) relaxations.push({ name, bound, relaxedTo: reached[t]!, preventedBy });
    });
  }
  const relaxed = buildProblem(mandate, attempt.bounds, attempt.portfolio);
  return { problem: relaxed, solution: optimiser(relaxed), relaxations };
}

/** The broken limits by priority; positions are taken together, the others one by one. */
function tiers({ broken, parameters }: Mandate): LimitState[][] {
  const rank = (kind: LimitState['kind']): number => {
    const name: LimitClass = kind === 'gross' ? 'cash' : kind;
    const position = parameters.limitPriority.indexOf(name);
    return position < 0 ? parameters.limitPriority.length : position;
  };
  const positions = broken.filter(({ kind }) => kind === 'position');
  const others = broken.filter(({ kind }) => kind !== 'position').map((limit) => [limit]);
  const all = positions.length > 0 ? [positions, ...others] : others;
  return all.sort((a, b) => rank(a[0]!.kind) - rank(b[0]!.kind));
}

function withBound(mandate: Mandate, attempt: Attempt, limit: LimitState, bound: number): Attempt {
  const { bounds, portfolio } = attempt;
  switch (limit.kind) {
    case 'position':
      return { portfolio, bounds: withPositionBound(mandate, bounds, limit, bound) };
    case 'risk':
      return { bounds, portfolio: { ...portfolio, volatility: bound } };
    case 'cash':
      return { bounds, portfolio: { ...portfolio, invested: bound } };
    case 'gross':
      return { bounds, portfolio: { ...portfolio, gross: bound } };
    case 'sector':
      return {
        bounds,
        portfolio: { ...portfolio, sectors: portfolio.sectors.map((max, s) => (s === limit.index ? bound : max)) },
      };
    case 'restricted':
    case 'correlation':
    case 'liquidity':
    case 'turnover':
      throw new Error(`${limit.kind} limits trades: weights cannot break it before trading`);
  }
}

/** The instrument may end at `bound`, or at the nearest weight to it that liquidity allows. */
function withPositionBound(mandate: Mandate, bounds: WeightBounds, limit: LimitState, bound: number): WeightBounds {
  const [lower, upper] = [bounds.lower.slice(), bounds.upper.slice()];
  const i = limit.index;
  const reach = mandate.limits.restricted[i] === 1 ? 0 : mandate.limits.liquidity[i]!;
  if (limit.value > limit.bound) upper[i] = Math.max(bound, limit.value - reach);
  else lower[i] = Math.min(bound, limit.value + reach);
  return { lower, upper };
}

/** The solver's names of limits in the words of the response. */
function limitNames(mandate: Mandate, conflicts: readonly string[]): string[] {
  const names = new Set<string>();
  for (const conflict of conflicts) {
    if (conflict === 'invested_max') names.add('cash');
    else if (conflict === 'volatility') names.add('risk');
    else if (conflict.startsWith('group:')) names.add(`sector:${conflict.slice('group:'.length)}`);
    else if (conflict === 'turnover' || conflict === 'gross') names.add(conflict);
    else if (conflict === 'fixed') names.add('restricted');
    else if (conflict === 'lower' || conflict === 'upper') bindingOnTrades(mandate).forEach((name) => names.add(name));
  }
  return [...names];
}

/** What keeps instruments from being reduced further: restrictions and liquidity. */
function bindingOnTrades({ universe, limits }: Mandate): string[] {
  const held = [...universe.w0.keys()].filter((i) => universe.w0[i] !== 0);
  const names: string[] = [];
  if (held.some((i) => limits.restricted[i] === 1)) names.push('restricted');
  if (held.some((i) => limits.liquidity[i]! < Math.abs(universe.w0[i]!))) names.push('liquidity');
  return names;
}
