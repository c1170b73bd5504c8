import { verifySolution } from '../certificate/index.js';
import type { Problem } from './problem.js';
import { solve } from './solve.js';

/** Two instruments without common risk, so that everything can be worked out by hand. */
const plain: Problem = {
  format: 'coordination-problem/1',
  instruments: ['A', 'B'],
  alpha: [0.02, 0.01],
  covariance: { loadings: [[], []], specific: [0.1, 0.1] },
  risk_aversion: 1,
  initial: [0, 0],
  lower: [0, 0],
  upper: [1, 1],
  invested: { min: 0, max: 1 },
};

function expectCertified(problem: Problem, gap = 1e-8) {
  const solution = solve(problem);
  const check = verifySolution(problem, solution);
  expect(solution.status).toBe('OPTIMAL');
  expect(check.violation_max).toBeLessThanOrEqual(1e-9);
  expect(check.gap_relative).toBeLessThanOrEqual(gap);
  expect(Math.abs(solution.objective - check.objective)).toBeLessThanOrEqual(1e-12 * Math.max(1, check.objective));
  return solution;
}

describe('solve, against answers worked out by hand', () => {
  it('weighs return against risk: w = alpha / (gamma d)', () => {
    expect(expectCertified(plain).w).toEqual([expect.closeTo(0.2, 10), expect.closeTo(0.1, 10)]);
  });

  it('pays a linear cost: w = (alpha - c) / (gamma d), and none where the cost is more than the alpha', () => {
    const { w } = expectCertified({ ...plain, cost_linear: [0.005, 0.011] });
    expect(w).toEqual([expect.closeTo(0.15, 10), 0]);
  });

  it('pays the 3/2 impact: alpha = gamma d x + 1.5 k sqrt x', () => {
    const { w } = expectCertified({ ...plain, cost_impact: [0.1, 0] });
    expect(0.1 * w[0]! + 0.15 * Math.sqrt(w[0]!)).toBeCloseTo(0.02, 10);
  });

  it('shares a budget at equal marginal utility, and reports its price', () => {
    const { w, multipliers } = expectCertified({ ...plain, invested: { min: 0, max: 0.2 } });
    expect(w).toEqual([expect.closeTo(0.15, 10), expect.closeTo(0.05, 10)]);
    expect(multipliers.invested).toBeCloseTo(0.005, 10);
  });

  it('keeps the lower end of the budget at a negative price', () => {
    const { w, multipliers } = expectCertified({ ...plain, invested: { min: 0.4, max: 1 } });
    expect(w[0]! + w[1]!).toBeCloseTo(0.4, 10);
    expect(multipliers.invested).toBeCloseTo(-0.005, 10);
  });

  it('counts costs paid from cash in the budget: x + k x^1.5 = max', () => {
    const { w } = expectCertified({
      ...plain,
      alpha: [1, 0],
      invested: { min: 0, max: 0.5 },
      paid_costs: { linear: [0.1, 0], impact: [0.2, 0] },
    });
    expect(1.1 * w[0]! + 0.2 * w[0]! * Math.sqrt(w[0]!)).toBeCloseTo(0.5, 9);
  });

  it('sells up to where the next rate of tax exceeds the benefit', () => {
    const pieces = [{ up_to: 0.1, rate: 0.005 }, { up_to: 0.3, rate: 0.02 }]; // prettier-ignore
    const { w } = expectCertified({
      ...plain,
      alpha: [-0.05, 0],
      risk_aversion: 0,
      initial: [0.5, 0],
      tax: [{ instrument: 'A', pieces: [...pieces, { up_to: 0.5, rate: 0.06 }] }],
    });
    expect(w[0]).toBeCloseTo(0.2, 9);
  });

  it('harvests a loss where buying is barred', () => {
    const { w, objective } = expectCertified({
      ...plain,
      alpha: [0.001, 0],
      risk_aversion: 0,
      initial: [0.5, 0],
      upper: [0.5, 1],
      tax: [{ instrument: 'A', pieces: [{ up_to: 0.2, rate: -0.01 }, { up_to: 0.5, rate: 0.02 }] }], // prettier-ignore
    });
    expect(w[0]).toBeCloseTo(0.3, 9);
    expect(objective).toBeCloseTo(-0.2 * 0.001 + 0.2 * 0.01, 10);
  });

  it('measures risk against the reference', () => {
    const { w } = expectCertified({ ...plain, alpha: [0, 0], reference: [0.3, 0.6] });
    expect(w).toEqual([expect.closeTo(0.3, 9), expect.closeTo(0.6, 9)]);
  });

  it('tracks the reference instrument by instrument', () => {
    const { w } = expectCertified({ ...plain, risk_aversion: 0, reference: [0.3, 0], tracking: [0.1, 0.1] });
    expect(w).toEqual([expect.closeTo(0.5, 9), expect.closeTo(0.1, 9)]);
  });

  it('scales down to the volatility limit, with the price of half the variance', () => {
    const sigma = Math.sqrt(0.1 * 0.05) / 2;
    const { w, multipliers } = expectCertified({ ...plain, volatility_max: sigma });
    expect(w).toEqual([expect.closeTo(0.1, 9), expect.closeTo(0.05, 9)]);
    expect(multipliers.volatility).toBeCloseTo(1, 7);
  });

  it('goes short within the gross limit', () => {
    const { w } = expectCertified({
      ...plain,
      alpha: [0.02, -0.02],
      lower: [-1, -1],
      invested: { min: -1, max: 1 },
      gross_max: 0.3,
    });
    expect(w).toEqual([expect.closeTo(0.15, 9), expect.closeTo(-0.15, 9)]);
  });

  it('keeps groups, overlapping ones too', () => {
    const { w } = expectCertified({
      ...plain,
      alpha: [0.05, 0.05],
      groups: [{ name: 'one', members: [0], max: 0.1 }, { name: 'both', members: [0, 1], max: 0.25 }], // prettier-ignore
    });
    expect(w).toEqual([expect.closeTo(0.1, 9), expect.closeTo(0.15, 9)]);
  });

  it('hedges through common factors', () => {
    const { w } = expectCertified({
      ...plain,
      alpha: [0.01, 0],
      covariance: { loadings: [[1], [1]], factor: [[1]], specific: [0.1, 0.1] },
      lower: [-1, -1],
      invested: { min: -1, max: 1 },
    });
    // (F 1 1' + d I) w = alpha
    expect(w[0]! * 1.1 + w[1]!).toBeCloseTo(0.01, 9);
    expect(w[0]! + w[1]! * 1.1).toBeCloseTo(0, 9);
  });
});

describe('solve on degenerate problems', () => {
  const three: Problem = {
    ...plain,
    instruments: ['A', 'B', 'C'],
    alpha: [0.03, 0.02, 0.01],
    covariance: { loadings: [[0.2], [0.2], [0.1]], specific: [0.01, 0.01, 0.01] },
    initial: [0.3, 0.2, 0.1],
    lower: [0, 0, 0],
    upper: [0.6, 0.6, 0.6],
  };
  const zeros = [0, 0, 0];

  it('holds exactly where nothing is to be gained', () => {
    const initial = [0.1 + 0.2, 0.1, 1 / 3];
    const held = solve({ ...three, alpha: zeros, initial, invested: { min: 0, max: 1 } });
    expect(held.w).toEqual(initial);
    expect([held.objective, held.bound, held.gap_relative]).toEqual([0, 0, 0]);
  });

  it('holds exactly what costs more to trade than it gains, and trades the rest', () => {
    const { w } = expectCertified({ ...three, risk_aversion: 0, cost_linear: [0.031, 0.021, 0] });
    expect(w.slice(0, 2)).toEqual([0.3, 0.2]);
    expect(w[2]).toBeCloseTo(0.5, 9);
  });

  it('solves a linear program: no risk aversion, no impact', () => {
    const { w } = expectCertified({ ...three, risk_aversion: 0, turnover_max: 0.5 });
    expect(w).toEqual([expect.closeTo(0.6, 9), expect.closeTo(0.35, 9), expect.closeTo(0.05, 9)]);
  });

  it.each<[string, Partial<Problem>]>([
    ['two instruments alike', { alpha: [0.02, 0.02, 0.01], initial: [0.2, 0.2, 0.1] }],
    ['no variance', { covariance: { loadings: [[0], [0], [0]], specific: zeros } }],
    ['no specific variance', { covariance: { loadings: [[0.2], [0.2], [0.1]], specific: zeros } }],
    ['a singular factor covariance', { covariance: { loadings: [[1, 0], [0, 1], [1, 1]], factor: [[1, 1], [1, 1]], specific: zeros } }],
    ['no alpha', { alpha: zeros }],
    ['huge alpha', { alpha: [3e6, 2e6, 1e6] }],
    ['tiny alpha', { alpha: [3e-12, 2e-12, 1e-12] }],
    ['everything fixed', { fixed: [0, 1, 2] }],
    ['bounds that leave no room', { lower: [0.3, 0.2, 0.1], upper: [0.3, 0.2, 0.1] }],
    ['no turnover', { turnover_max: 0 }],
    ['fully invested', { invested: { min: 1, max: 1 } }],
    ['nothing but cash', { invested: { min: 0, max: 0 } }],
    ['no volatility', { volatility_max: 0 }],
    ['a volatility limit without risk aversion', { risk_aversion: 0, volatility_max: 0.05 }],
    ['huge risk aversion', { risk_aversion: 1e8 }],
    ['huge impact', { cost_impact: [1e6, 1e6, 1e6] }],
    ['bounds that stand for none', { upper: [1e20, 1e20, 1e20] }],
    ['an empty group', { groups: [{ name: 'none', members: [], max: 0.1 }] }],
  ])('solves %s', (_what, change) => {
    expectCertified({ ...three, ...change });
  }); // prettier-ignore

  it('solves a problem without instruments', () => {
    const none = { ...plain, instruments: [], alpha: [], initial: [], lower: [], upper: [] };
    const solution = solve({ ...none, covariance: { loadings: [], specific: [] } });
    expect([solution.status, solution.w, solution.gap_relative]).toEqual(['OPTIMAL', [], 0]);
  });

  it('starts from earlier multipliers and needs fewer iterations', () => {
    const problem = { ...three, invested: { min: 0, max: 0.8 }, turnover_max: 0.2, cost_impact: [0.01, 0.01, 0.01] };
    const cold = expectCertified(problem);
    const warm = solve(problem, { warm_start: { multipliers: cold.multipliers } });
    expect(warm.iterations).toBeLessThan(cold.iterations);
    expect(warm.objective).toBeCloseTo(cold.objective, 12);
  });

  it('gives the same bits every time', () => {
    const problem = { ...three, volatility_max: 0.08, turnover_max: 0.3, cost_impact: [0.01, 0, 0.01] };
    expect(solve(problem)).toEqual(solve(structuredClone(problem)));
  });
});
