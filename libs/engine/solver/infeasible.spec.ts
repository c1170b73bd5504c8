import { verifySolution } from '../certificate/index.js';
import type { Problem } from './problem.js';
import { solve } from './solve.js';

const base: Problem = {
  format: 'coordination-problem/1',
  instruments: ['A', 'B', 'C'],
  alpha: [0.01, 0.01, 0.01],
  covariance: { loadings: [[0.2], [0.2], [0.2]], specific: [0.01, 0.01, 0.01] },
  risk_aversion: 1,
  initial: [0.5, 0.2, 0.1],
  cost_impact: [0.01, 0.01, 0.01],
  lower: [0, 0, 0],
  upper: [1, 1, 1],
  invested: { min: 0, max: 1 },
};

describe('infeasible problems', () => {
  it.each<[string, Partial<Problem>, string[]]>([
    ['a position over its cap that turnover cannot bring down', { upper: [0.2, 1, 1], turnover_max: 0.1 }, ['upper', 'turnover']],
    ['a floor that turnover cannot reach', { lower: [0, 0, 0.5], turnover_max: 0.1 }, ['lower', 'turnover']],
    ['groups too small for the least investment', { groups: [{ name: 'x', members: [0, 1], max: 0.3 }, { name: 'y', members: [2], max: 0.3 }], invested: { min: 0.9, max: 1 } }, ['invested_min', 'group:x', 'group:y']],
    ['risk too small for the least investment', { volatility_max: 0.05, invested: { min: 0.9, max: 1 } }, ['invested_min', 'volatility']],
    ['caps too small for the least investment', { upper: [0.2, 0.2, 0.2], invested: { min: 0.9, max: 1 } }, ['upper', 'invested_min']],
    ['floors above a group maximum', { lower: [0.3, 0.3, 0], groups: [{ name: 'x', members: [0, 1], max: 0.5 }] }, ['lower', 'group:x']],
    ['a fixed position over its cap', { upper: [0.2, 1, 1], fixed: [0] }, ['upper', 'fixed']],
    ['fixed positions above a group maximum', { groups: [{ name: 'x', members: [0, 1], max: 0.5 }], fixed: [0, 1] }, ['group:x', 'fixed']],
    ['costs that leave too little to invest', { initial: [0, 0, 0], invested: { min: 0.999, max: 1 }, paid_costs: { linear: [0.1, 0.1, 0.1], impact: [0, 0, 0] } }, ['invested_min', 'invested_max']],
    ['gross exposure below the least investment', { lower: [-1, -1, -1], gross_max: 0.5, invested: { min: 0.9, max: 1 } }, ['invested_min', 'gross']],
    ['no volatility where a risky position must be held', { lower: [0.1, 0, 0], volatility_max: 0 }, ['lower', 'volatility']],
    ['no volatility and a least investment', { volatility_max: 0, invested: { min: 0.5, max: 1 } }, ['invested_min', 'volatility']],
  ])('%s', (_what, change, conflicts) => {
    const problem = { ...base, ...change };
    const solution = solve(problem);
    expect(solution.status).toBe('INFEASIBLE');
    expect(solution.conflicts).toEqual(conflicts);
    expect(solution.w).toEqual(problem.initial);
    expect(verifySolution(problem, solution).infeasibility_proved).toBe(true);
  }); // prettier-ignore

  it('finds what is feasible by a hair', () => {
    const problem = { ...base, upper: [0.4, 1, 1], turnover_max: 0.1 + 1e-6 };
    const solution = solve(problem);
    expect(solution.status).toBe('OPTIMAL');
    expect(solution.w[0]).toBeCloseTo(0.4, 9);
  });
});
