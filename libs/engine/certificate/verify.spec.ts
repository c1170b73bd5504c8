import type { Multipliers, Problem } from '../solver/problem.js';
import { utilityBound } from './bound.js';
import { checkLimits } from './limits.js';
import { evaluateUtility, taxOf } from './utility.js';
import { verifySolution } from './verify.js';

const problem: Problem = {
  format: 'coordination-problem/1',
  instruments: ['A', 'B'],
  alpha: [0.02, 0.01],
  covariance: { loadings: [[1], [2]], factor: [[0.25]], specific: [0.1, 0.2] },
  risk_aversion: 2,
  initial: [0.5, 0.1],
  reference: [0.4, 0.1],
  tracking: [4, 0],
  cost_linear: [0.01, 0.02],
  cost_impact: [0.1, 0.2],
  tax: [{ instrument: 'A', pieces: [{ up_to: 0.04, rate: 0.1 }, { up_to: 0.3, rate: 0.2 }] }],
  lower: [0, 0],
  upper: [0.45, 1],
  invested: { min: 0.9, max: 1 },
  paid_costs: { linear: [0.01, 0.02], impact: [0.1, 0.2] },
  groups: [{ name: 'g', members: [1], max: 0.05 }],
  turnover_max: 0.1,
  volatility_max: 0.1,
  gross_max: 0.5,
  fixed: [1],
}; // prettier-ignore
const w = [0.41, 0.35];
const none: Multipliers = { invested: 0, groups: [0], turnover: 0, volatility: 0, gross: 0 };

describe('evaluateUtility', () => {
  it('adds up the terms of the objective', () => {
    const utility = evaluateUtility(problem, w);
    expect(utility.alpha).toBeCloseTo(0.02 * -0.09 + 0.01 * 0.25, 15);
    // active weights 0.01 and 0.25: exposure 0.51
    expect(utility.risk).toBeCloseTo(-(0.25 * 0.51 * 0.51 + 0.1 * 0.0001 + 0.2 * 0.0625), 15);
    expect(utility.tracking).toBeCloseTo(-2 * 0.0001, 15);
    expect(utility.cost_linear).toBeCloseTo(-(0.01 * 0.09 + 0.02 * 0.25), 15);
    expect(utility.cost_impact).toBeCloseTo(-(0.1 * 0.027 + 0.2 * 0.125), 15);
    expect(utility.tax).toBeCloseTo(-(0.04 * 0.1 + 0.05 * 0.2), 15);
    const { total, ...terms } = utility;
    expect(total).toBeCloseTo(
      Object.values(terms).reduce((sum, term) => sum + term, 0),
      15,
    );
  });

  it('taxes only what is sold, the last rate without end', () => {
    const pieces = [{ up_to: 1, rate: 1 }, { up_to: 2, rate: 3 }]; // prettier-ignore
    expect([-1, 0, 0.5, 1.5, 4].map((sold) => taxOf(pieces, sold))).toEqual([0, 0, 0.5, 2.5, 10]);
  });
});

describe('checkLimits', () => {
  it('measures every limit', () => {
    const excess = Object.fromEntries(checkLimits(problem, w).map((check) => [check.limit, check.excess]));
    expect(excess).toEqual({
      invested_min: expect.closeTo(0.14, 12) as number,
      invested_max: 0,
      'group:g': expect.closeTo(0.3, 12) as number,
      turnover: expect.closeTo(0.24, 12) as number,
      volatility: expect.closeTo(Math.sqrt(0.25 * 1.11 * 1.11 + 0.1 * 0.1681 + 0.2 * 0.1225) - 0.1, 12) as number,
      gross: expect.closeTo(0.26, 12) as number,
      'fixed:B': expect.closeTo(0.25, 12) as number,
    });
  });

  it('counts costs paid from cash as invested', () => {
    const invested = checkLimits(problem, w).find(({ limit }) => limit === 'invested_max')!;
    expect(invested.value).toBeCloseTo(0.76 + 0.01 * 0.09 + 0.02 * 0.25 + 0.1 * 0.027 + 0.2 * 0.125, 12);
  });
});

describe('utilityBound', () => {
  const free: Problem = { ...problem, fixed: [], upper: [1, 1], gross_max: null };

  it.each<[string, Partial<Multipliers>]>([
    ['no prices', {}],
    ['a price of cash', { invested: 0.05 }],
    ['a price of investing', { invested: -0.05 }],
    ['both', { invested: 0, invested_min: 0.03 }],
    ['prices of turnover and a group', { turnover: 0.02, groups: [0.1] }],
    ['a price of risk', { volatility: 3 }],
    ['exposures that nobody has', { factors: [7] }],
    ['prices that make no sense', { turnover: -5, volatility: -1, groups: [-3] }],
  ])('holds for every feasible portfolio at %s', (_what, prices) => {
    const multipliers = { ...none, ...prices };
    const bound = utilityBound(free, multipliers, [0.4, 0.1]);
    for (let a = 0; a <= 100; a += 1) {
      for (let b = 0; b <= 100; b += 1) {
        const point = [a / 100, b / 100];
        if (checkLimits(free, point).some(({ excess }) => excess > 0)) continue;
        expect(evaluateUtility(free, point).total).toBeLessThanOrEqual(bound + 1e-12);
      }
    }
  });

  it('is attained without limits, whatever kinks there are', () => {
    const single: Problem = {
      format: 'coordination-problem/1',
      instruments: ['A'],
      alpha: [-0.05],
      covariance: { loadings: [[]], specific: [0.1] },
      risk_aversion: 1,
      initial: [0.5],
      cost_linear: [0.001],
      cost_impact: [0.01],
      tax: problem.tax!,
      lower: [-1],
      upper: [1],
      invested: { min: -9, max: 9 },
    };
    let best = -Infinity;
    for (let step = 0; step <= 200_000; step += 1) {
      best = Math.max(best, evaluateUtility(single, [-1 + step / 100_000]).total);
    }
    const bound = utilityBound(single, { ...none, groups: [] }, [0.5]);
    expect(bound).toBeGreaterThanOrEqual(best);
    expect(bound).toBeCloseTo(best, 9);
  });
});

describe('verifySolution', () => {
  it('finds no gap in rounding where there is nothing to gain', () => {
    const { tracking: _, tax: __, ...rest } = problem;
    const nothing = { ...rest, alpha: [0, 0], risk_aversion: 0, initial: [0, 0], reference: [0, 0], fixed: [], turnover_max: null, invested: { min: 0, max: 1 } }; // prettier-ignore
    const { bound, gap_relative } = verifySolution(nothing, { w: [0, 0], multipliers: { ...none, invested: 1e-24 } });
    expect(bound).toBeGreaterThan(0);
    expect(gap_relative).toBeLessThan(1e-6);
  });

  it('sees a broken limit, whatever the solution claims', () => {
    const check = verifySolution(problem, { w, multipliers: none });
    expect(check.violations.map(({ limit }) => limit)).toContain('turnover');
    expect(check.violation_max).toBeCloseTo(Math.sqrt(0.25 * 1.11 * 1.11 + 0.1 * 0.1681 + 0.2 * 0.1225) - 0.1, 12);
  });

  it('takes what is not a number, or missing, for a broken limit', () => {
    for (const bad of [[NaN, 0.1], [0.41], [0.41, undefined as unknown as number]]) {
      const check = verifySolution(problem, { w: bad, multipliers: none });
      expect(check.violation_max).toBe(Infinity);
      expect(check.violations.length).toBeGreaterThan(0);
    }
  });

  it('accepts a proof of infeasibility, and no false one', () => {
    const crowded: Problem = {
      ...problem,
      fixed: [],
      turnover_max: null,
      gross_max: null,
      upper: [0.3, 0.3],
      invested: { min: 0.9, max: 1 },
    };
    const roomy: Problem = { ...crowded, upper: [0.5, 0.5] };
    const multipliers = { ...none, invested: -1 };
    expect(verifySolution(crowded, { w, multipliers }).infeasibility_proved).toBe(true);
    expect(verifySolution(roomy, { w, multipliers }).infeasibility_proved).toBe(false);
    expect(verifySolution(crowded, { w, multipliers: none }).infeasibility_proved).toBe(false);
  });

  it('knows that a fixed instrument beyond its bounds is a proof by itself', () => {
    const stuck: Problem = { ...problem, fixed: [0] };
    expect(verifySolution(stuck, { w, multipliers: none }).infeasibility_proved).toBe(true);
  });
});
