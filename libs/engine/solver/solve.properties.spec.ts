import fc from 'fast-check';
import { randomProblem, RandomStream } from '#testing';
import { checkLimits, evaluateUtility, verifySolution } from '../certificate/index.js';
import { solveElastic } from './elastic.js';
import type { Problem } from './problem.js';
import { solve } from './solve.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
/** Fixed seed: a run that fails is a bug found, not a flake. */
const settings = { numRuns: 60, seed: 20260105 };

const worst = (problem: Problem, w: readonly number[]) =>
  checkLimits(problem, w).reduce((most, { excess }) => Math.max(most, excess), 0);

/** How far apart two utilities may be that are called equal: the gap that both are allowed, on the natural scale. */
function tolerance(problem: Problem): number {
  const strongest = problem.alpha.reduce((most, alpha) => Math.max(most, Math.abs(alpha)), 0);
  return 1e-7 * Math.max(1e-3, strongest, Math.abs(evaluateUtility(problem, problem.initial).total));
}

describe('solve, on any problem', () => {
  it('keeps every limit and closes the gap, or proves that nothing can keep them', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = randomProblem(seed);
        const solution = solve(problem);
        const check = verifySolution(problem, solution);
        if (solution.status === 'INFEASIBLE') {
          return check.infeasibility_proved || solution.conflicts.includes('fixed');
        }
        return check.violation_max <= 1e-8 && check.gap_relative <= 1e-6;
      }),
      { ...settings, numRuns: 200 },
    );
  });

  it('needs no second method where there is specific risk and linear costs are the only ones', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { cost_impact: _, paid_costs: __, ...problem } = randomProblem(seed, { n: 40 });
        const specific = problem.covariance.specific.map((variance) => Math.max(variance, 0.001));
        const smooth = { ...problem, risk_aversion: Math.max(problem.risk_aversion, 1) };
        const solution = solve({ ...smooth, covariance: { ...problem.covariance, specific } });
        return solution.status === 'INFEASIBLE' || solution.solver === 'dual-newton';
      }),
      { ...settings, numRuns: 100 },
    );
  });

  it('settles volatility limits of any size, down to none at all, with or without specific variance', () => {
    const limits = fc.constantFrom(0, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2);
    fc.assert(
      fc.property(seeds, limits, fc.boolean(), (seed, volatility_max, isSpecific) => {
        const random = randomProblem(seed, { n: 12 });
        const specific = random.covariance.specific.map((variance) => (isSpecific ? variance : 0));
        const problem = { ...random, covariance: { ...random.covariance, specific }, volatility_max };
        const solution = solve(problem);
        const check = verifySolution(problem, solution);
        if (solution.status === 'OPTIMAL') return check.violation_max <= 1e-8 && check.gap_relative <= 1e-6;
        const relaxed = solveElastic(problem).solution;
        return (
          (check.infeasibility_proved || solution.conflicts.includes('fixed')) &&
          relaxed.status === 'RELAXED' &&
          relaxed.gap_relative <= 1e-6
        );
      }),
      { ...settings, numRuns: 300 },
    );
  });

  it('closes the gap with nearly as many factors as instruments', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = manyFactors(randomProblem(seed, { n: 50 }), seed);
        const solution = solve(problem);
        const check = verifySolution(problem, solution);
        if (solution.status === 'INFEASIBLE') {
          return check.infeasibility_proved || solution.conflicts.includes('fixed');
        }
        return check.violation_max <= 1e-8 && check.gap_relative <= 1e-6;
      }),
      { ...settings, numRuns: 40 },
    );
  });

  it('bounds the utility of w0 and of other feasible portfolios', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = randomProblem(seed);
        const solution = solve(problem);
        if (solution.status === 'INFEASIBLE') return worst(problem, problem.initial) > 1e-9;
        const { bound } = verifySolution(problem, solution);
        return feasiblePortfolios(problem, solution.w, seed).every(
          (w) => evaluateUtility(problem, w).total <= bound + tolerance(problem),
        );
      }),
      settings,
    );
  });

  it('depends on the order of the instruments only by reordering', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = randomProblem(seed, { n: 20 });
        const order = problem.instruments.map((_, i) => i).reverse();
        const [one, other] = [solve(problem), solve(reordered(problem, order))];
        if (one.status !== other.status) return false;
        return one.status === 'INFEASIBLE' || Math.abs(one.objective - other.objective) <= tolerance(problem);
      }),
      settings,
    );
  });

  it('makes the same trades when the whole objective is scaled', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1e-6, 1e-3, 1e4), (seed, factor) => {
        const problem = { ...randomProblem(seed, { n: 10 }), cost_impact: new Array<number>(10).fill(0.01) };
        const [one, other] = [solve(problem), solve(scaled(problem, factor))];
        if (one.status !== other.status) return false;
        return one.status === 'INFEASIBLE' || Math.abs(other.objective / factor - one.objective) <= tolerance(problem);
      }),
      settings,
    );
  });

  it('never does worse when a limit is loosened', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const problem = randomProblem(seed);
        const [tight, loose] = [solve(problem), solve(loosened(problem, seed))];
        if (tight.status === 'INFEASIBLE') return true;
        return loose.status === 'OPTIMAL' && loose.objective >= tight.objective - tolerance(problem);
      }),
      settings,
    );
  });

  it('holds exactly when there is no signal and no reference but w0', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomProblem(seed);
        const problem = { ...random, alpha: random.alpha.map(() => 0), reference: random.initial, tax: [] };
        if (worst(problem, problem.initial) > 0) return true;
        return solve(problem).w.every((weight, i) => Object.is(weight, problem.initial[i]));
      }),
      settings,
    );
  });
});

describe('solveElastic, on any problem', () => {
  it('leaves no limit more broken than at w0, and names what hinders the cure', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 3), (seed, leverage) => {
        const problem = randomProblem(seed, { leverage });
        const { solution, relaxations } = solveElastic(problem);
        if (solution.status === 'OPTIMAL') return relaxations.length === 0;
        const before = new Map(checkLimits(problem, problem.initial).map(({ limit, excess }) => [limit, excess]));
        const after = checkLimits(problem, solution.w);
        return (
          solution.status === 'RELAXED' &&
          solution.gap_relative <= 1e-6 &&
          after.every(({ limit, excess }) => excess <= (before.get(limit) ?? 0) + 1e-7) &&
          relaxations.every(({ prevented_by }) => prevented_by.length > 0)
        );
      }),
      { ...settings, numRuns: 100 },
    );
  });
});

/** The problem with one factor fewer than instruments, as an inline correlation matrix brings them. */
function manyFactors(problem: Problem, seed: number): Problem {
  const random = new RandomStream(seed);
  const count = problem.instruments.length - 1;
  const size = 0.25 / Math.sqrt(count);
  const loadings = problem.instruments.map(() =>
    Array.from({ length: count }, (_, j) => (j === 0 ? 0.15 : size * random.normal())),
  );
  return { ...problem, covariance: { loadings, specific: problem.covariance.specific } };
}

/** w0 where it keeps the limits, and points between feasible ones and on the way to random ones. */
function feasiblePortfolios(problem: Problem, w: readonly number[], seed: number): number[][] {
  const random = new RandomStream(seed);
  const between = (target: readonly number[], share: number) =>
    w.map((weight, i) => {
      const moved = weight + share * (target[i]! - weight);
      return problem.fixed?.includes(i) ? problem.initial[i]! : moved;
    });
  const candidates = [[...problem.initial], between(problem.initial, 0.5)];
  for (let draw = 0; draw < 20; draw += 1) {
    const corner = w.map((_, i) => (random.chance(0.5) ? problem.lower[i]! : problem.upper[i]!));
    candidates.push(between(corner, random.uniform() * random.uniform()));
  }
  return candidates.filter((candidate) => worst(problem, candidate) <= 1e-12);
}

function reordered(problem: Problem, order: readonly number[]): Problem {
  const place = new Map(order.map((from, to) => [from, to]));
  const moved = <T>(values: readonly T[]): T[] => order.map((i) => values[i]!);
  const { covariance, reference, tracking, cost_linear, cost_impact, paid_costs, groups, fixed } = problem;
  return {
    ...problem,
    instruments: moved(problem.instruments),
    alpha: moved(problem.alpha),
    covariance: { ...covariance, loadings: moved(covariance.loadings), specific: moved(covariance.specific) },
    initial: moved(problem.initial),
    lower: moved(problem.lower),
    upper: moved(problem.upper),
    ...(reference ? { reference: moved(reference) } : {}),
    ...(tracking ? { tracking: moved(tracking) } : {}),
    ...(cost_linear ? { cost_linear: moved(cost_linear) } : {}),
    ...(cost_impact ? { cost_impact: moved(cost_impact) } : {}),
    ...(paid_costs ? { paid_costs: { linear: moved(paid_costs.linear), impact: moved(paid_costs.impact) } } : {}),
    ...(groups
      ? { groups: groups.map((group) => ({ ...group, members: group.members.map((i) => place.get(i)!) })) }
      : {}),
    ...(fixed ? { fixed: fixed.map((i) => place.get(i)!) } : {}),
  };
}

function scaled(problem: Problem, factor: number): Problem {
  const times = (values: readonly number[]) => values.map((value) => value * factor);
  return {
    ...problem,
    alpha: times(problem.alpha),
    risk_aversion: problem.risk_aversion * factor,
    ...(problem.tracking ? { tracking: times(problem.tracking) } : {}),
    ...(problem.cost_linear ? { cost_linear: times(problem.cost_linear) } : {}),
    ...(problem.cost_impact ? { cost_impact: times(problem.cost_impact) } : {}),
    ...(problem.tax
      ? {
          tax: problem.tax.map(({ instrument, pieces }) => ({
            instrument,
            pieces: pieces.map(({ up_to, rate }) => ({ up_to, rate: rate * factor })),
          })),
        }
      : {}),
  };
}

function loosened(problem: Problem, seed: number): Problem {
  const grown = (limit: number | null | undefined) => (typeof limit === 'number' ? limit * 1.2 + 0.01 : null);
  const choices: Partial<Problem>[] = [
    { turnover_max: grown(problem.turnover_max) },
    { volatility_max: grown(problem.volatility_max) },
    { invested: { min: problem.invested.min - 0.1, max: problem.invested.max + 0.1 } },
    { groups: (problem.groups ?? []).map((group) => ({ ...group, max: group.max + 0.05 })) },
    {
      upper: problem.upper.map((high, i) =>
        problem.tax === undefined ? high + 0.1 : Math.max(high, problem.initial[i]!),
      ),
    },
    { fixed: [] },
  ];
  return { ...problem, ...choices[seed % choices.length] };
}
