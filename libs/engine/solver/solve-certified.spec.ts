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

/**
 * Riskless instruments with common factors that no volatility is allowed for: the own solver's bound is not tight, as
 * it does not look for riskless combinations.
 */
const uncertifiable: Problem = {
  ...problem,
  covariance: { loadings: [[0.1], [0.2]], specific: [0, 0] },
  volatility_max: 0,
};

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
    const answer: Solution = { ...solve(problem), solver: 'other' };
    const solution = solveCertified(uncertifiable, () => ({
      ...answer,
      w: [0, 0],
      multipliers: { ...answer.multipliers, invested: 0.02, volatility: 0, factors: [0] },
    }));
    expect(solution.solver).toMatch(/^reference:other/);
  });

  it('says so when nothing is certified', () => {
    const solution = solveCertified(uncertifiable, null);
    expect(solution.solver).toBe('dual-newton:uncertified');
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
