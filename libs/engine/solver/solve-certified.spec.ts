import type { Optimiser, Problem, Solution } from './problem.js';
import { solveCertified } from './solve-certified.js';
import { solve } from './solve.js';

const problem: Problem = {
  format: 'coordination-problem/1',
  instruments: ['A', 'B'],
  alpha: [0.02, 0.01],
  covariance: { loadings: [[0.1], [0.2]], specific: [0.1, 0.1] },
  risk_aversion: 1,
  initial: [0, 0],
  lower: [0, 0],
  upper: [1, 1],
  invested: { min: 0, max: 1 },
};

const VOLATILITY_MAX = 1e9 / 3;

/** Weights of hundreds of millions, whose limits the own solver would have to keep to more digits than a number has. */
const uncertifiable: Problem = {
  ...problem,
  risk_aversion: 0,
  upper: [1e12, 1e12],
  invested: { min: 0, max: 1e12 },
  volatility_max: VOLATILITY_MAX,
};

/** Its optimum: w = sigma S^-1 alpha / sqrt(alpha'S^-1 alpha), a little inside the limit, at the price of the variance. */
function optimum(): Pick<Solution, 'w' | 'multipliers'> {
  const sharpe = Math.sqrt(0.059 / 15);
  const w = [2.6 / 15, 0.7 / 15].map((share) => (share * VOLATILITY_MAX * (1 - 1e-12)) / sharpe);
  const factors = [0.1 * w[0]! + 0.2 * w[1]!];
  return { w, multipliers: { invested: 0, groups: [], turnover: 0, gross: 0, volatility: sharpe / VOLATILITY_MAX, factors } }; // prettier-ignore
}

describe('solveCertified', () => {
  it('answers with the own solver where the certificate agrees, without asking the fallback', () => {
    const fallback: Optimiser = () => {
      throw new Error('was asked');
    };
    const solution = solveCertified(problem, fallback);
    expect(solution.solver).toBe('dual-newton');
    expect(solution.gap_relative).toBeLessThanOrEqual(1e-8);
  });

  it('has proofs of infeasibility certified too', () => {
    const solution = solveCertified({ ...problem, invested: { min: 0.9, max: 1 }, upper: [0.3, 0.3] }, null);
    expect([solution.status, solution.solver]).toEqual(['INFEASIBLE', 'dual-newton']);
  });

  it('says so when it falls back', () => {
    const solution = solveCertified(uncertifiable, () => ({ ...solve(problem), ...optimum(), solver: 'other' }));
    expect(solution.solver).toBe('reference:other');
    expect(solution.gap_relative).toBeLessThanOrEqual(1e-8);
  });

  it('says so when nothing is certified', () => {
    const solution = solveCertified(uncertifiable, null);
    expect(solution.solver).toBe('dual-newton:proximal:uncertified');
    expect(solution.gap_relative).toBeGreaterThan(1e-6);
    expect(solution.violation_max).toBeLessThanOrEqual(1e-8);
  });

  it('relaxes limits where it is asked to', () => {
    const solution = solveCertified({ ...problem, initial: [0.5, 0], upper: [0.3, 1], turnover_max: 0.1 }, null, {
      elastic: true,
    });
    expect(solution.status).toBe('RELAXED');
    expect(solution.w[0]).toBeCloseTo(0.4, 7);
  });
});
