import { solveElastic } from './elastic.js';
import type { Problem } from './problem.js';
import { solve } from './solve.js';

/** Four instruments in two groups, 100 % invested, no costs. */
const base: Problem = {
  format: 'coordination-problem/1',
  instruments: ['A', 'B', 'C', 'D'],
  alpha: [0.04, 0.03, 0.02, 0.01],
  covariance: { loadings: [[0.2], [0.2], [0.2], [0.2]], specific: [0.01, 0.01, 0.01, 0.01] },
  risk_aversion: 1,
  initial: [0.5, 0.3, 0.1, 0.1],
  lower: [0, 0, 0, 0],
  upper: [1, 1, 1, 1],
  invested: { min: 0, max: 1 },
  groups: [
    { name: 'x', members: [0, 1], max: 1 },
    { name: 'y', members: [2, 3], max: 1 },
  ],
};

describe('solveElastic', () => {
  it('leaves a feasible problem to the solver', () => {
    const { solution, relaxations } = solveElastic(base);
    expect(solution).toEqual(solve(base));
    expect(relaxations).toEqual([]);
  });

  it('brings a position as near to its cap as turnover allows, and says so', () => {
    const { solution, relaxations } = solveElastic({ ...base, upper: [0.3, 1, 1, 1], turnover_max: 0.1 });
    expect(solution.status).toBe('RELAXED');
    expect(solution.conflicts).toEqual(['upper', 'turnover']);
    expect(relaxations).toEqual([
      {
        limit: 'upper:A',
        bound: 0.3,
        value: expect.closeTo(0.4, 7) as number,
        relaxed_by: expect.closeTo(0.1, 7) as number,
        prevented_by: ['turnover'],
      },
    ]);
    expect(solution.violation_max).toBeCloseTo(0.1, 7);
  });

  it('scales violations by their bounds: the smaller cap first', () => {
    const { solution } = solveElastic({ ...base, upper: [0.4, 0.1, 1, 1], turnover_max: 0.15 });
    // A is 0.1 over 0.4, B 0.2 over 0.1: a unit sold of B counts four times
    expect(solution.w[0]).toBeCloseTo(0.5, 7);
    expect(solution.w[1]).toBeCloseTo(0.15, 7);
  });

  it('keeps the class that comes first in the priority', () => {
    const broken: Problem = {
      ...base,
      upper: [1, 1, 0.05, 1],
      groups: [{ name: 'x', members: [0, 1], max: 0.6 }, base.groups![1]!],
      turnover_max: 0.05,
    };
    const limitsOf = (priority: readonly string[]) =>
      solveElastic(broken, priority).relaxations.map(({ limit, value }) => [limit, Number(value.toFixed(6))]);
    expect(limitsOf(['position', 'sector'])).toEqual([['group:x', 0.8]]);
    expect(limitsOf(['sector', 'position'])).toEqual([['group:x', 0.75], ['upper:C', 0.1]]); // prettier-ignore
  });

  it('lowers the volatility to the least within reach', () => {
    const { solution, relaxations } = solveElastic({ ...base, volatility_max: 0.01, turnover_max: 0.2 });
    expect(relaxations.map(({ limit }) => limit)).toEqual(['volatility']);
    expect(relaxations[0]!.prevented_by).toContain('turnover');
    // every unit sold lowers it, the largest position's most; near the least, it hardly depends on the weights
    expect(solution.w).toEqual([0.3, 0.3, 0.1, 0.1].map((weight) => expect.closeTo(weight, 2) as number));
    expect(relaxations[0]!.value).toBeCloseTo(Math.sqrt(0.04 * 0.64 + 0.01 * 0.2), 6);
  });

  it('cannot sell what is fixed', () => {
    const { solution, relaxations } = solveElastic({ ...base, upper: [0.3, 1, 1, 1], fixed: [0] });
    expect(solution.w[0]).toBe(0.5);
    expect(relaxations).toEqual([expect.objectContaining({ limit: 'upper:A', value: 0.5, prevented_by: ['fixed'] })]);
  });

  it('raises cash as far as it can', () => {
    const { relaxations } = solveElastic({ ...base, invested: { min: 0, max: 0.7 }, turnover_max: 0.1 });
    expect(relaxations).toEqual([
      expect.objectContaining({
        limit: 'invested_max',
        value: expect.closeTo(0.9, 7) as number,
        prevented_by: ['turnover'],
      }),
    ]);
  });

  it('holds when nothing at all may be traded', () => {
    const problem = { ...base, upper: [0.3, 0.2, 1, 1], turnover_max: 0 };
    const { solution, relaxations } = solveElastic(problem);
    expect(solution.w).toEqual(problem.initial);
    expect(relaxations.map(({ limit }) => limit)).toEqual(['upper:A', 'upper:B']);
  });

  it('is what solve does with the option', () => {
    const problem = { ...base, upper: [0.3, 1, 1, 1], turnover_max: 0.1 };
    expect(solve(problem, { elastic: true })).toEqual(solveElastic(problem).solution);
  });
});
