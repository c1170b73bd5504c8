import { readSharedRequest, sharedRequestNames } from '#testing';
import { buildUniverse } from '../risk/index.js';
import type { RiskView } from '../universe.js';
import {
  conditionalValueAtRisk95,
  correlationWithRest,
  daysToLiquidate,
  diversificationEffect,
  diversificationRatio,
  impactCoefficient,
  marginalVar95,
  riskContributions,
  riskOf,
  totalCostBps,
  tradeCostBps,
  transferCoefficient,
  valueAtRisk95,
  varianceWith,
} from './index.js';

/** two instruments of 2 % and 1 % with correlation 0.5, and a third that does not move with them */
const RISK: RiskView = {
  id: 'hand',
  source: 'STORE',
  regime: 'NORMAL',
  n: 3,
  k: 1,
  loadings: Float64Array.of(0.02 * Math.SQRT1_2, 0.01 * Math.SQRT1_2, 0),
  specific: Float64Array.of(0.0002, 0.00005, 0.0009),
};
const W = Float64Array.of(0.5, 0.3, 0);
const VARIANCE = 0.25 * 4e-4 + 0.09 * 1e-4 + 2 * 0.5 * 0.3 * 0.5 * 2e-4;

describe('riskOf', () => {
  it('is w Sigma w by hand, with its value at risk', () => {
    const portfolio = riskOf(RISK, W);
    expect(portfolio.variance).toBeCloseTo(VARIANCE, 18);
    expect(valueAtRisk95(portfolio.volatility)).toBeCloseTo(1.6448536 * Math.sqrt(VARIANCE), 15);
    // the tail mean of a standard normal beyond its 95 % quantile is 2.062713
    expect(conditionalValueAtRisk95(1)).toBeCloseTo(2.0627128, 6);
  });

  it('knows the variance after one change without building anew', () => {
    const portfolio = riskOf(RISK, W);
    for (const [i, weight] of [
      [0, 0.1],
      [1, -0.4],
      [2, 0.2],
    ] as const) {
      const changed = Float64Array.from(W);
      changed[i] = weight;
      expect(varianceWith(portfolio, W, i, weight)).toBeCloseTo(riskOf(RISK, changed).variance, 18);
    }
    expect(varianceWith(riskOf(RISK, [0, 0, 0.3]), [0, 0, 0.3], 2, 0)).toBeGreaterThanOrEqual(0);
  });

  it('splits the volatility into shares that add up to one', () => {
    const shares = riskContributions(riskOf(RISK, W), W);
    expect(shares[0]).toBeCloseTo((0.5 * (0.5 * 4e-4 + 0.3 * 1e-4)) / VARIANCE, 14);
    expect(shares[0]! + shares[1]!).toBeCloseTo(1, 14);
    expect(shares[2]).toBe(0);
    expect(Array.from(riskContributions(riskOf(RISK, [0, 0, 0]), [0, 0, 0]))).toEqual([0, 0, 0]);
  });

  it('has the derivative of the value at risk as marginal VaR', () => {
    const portfolio = riskOf(RISK, W);
    const bump = 1e-6;
    for (const i of [0, 1, 2]) {
      const [up, down] = [bump, -bump].map((change) => {
        const moved = Float64Array.from(W);
        moved[i]! += change;
        return valueAtRisk95(riskOf(RISK, moved).volatility);
      });
      expect(marginalVar95(portfolio, i)).toBeCloseTo((up! - down!) / (2 * bump), 9);
    }
    expect(marginalVar95(riskOf(RISK, [0, 0, 0]), 0)).toBe(0);
  });
});

describe('correlationWithRest', () => {
  const correlation = (w: ArrayLike<number>, i: number) => correlationWithRest(RISK, riskOf(RISK, w), w, i);

  it('leaves the own position out', () => {
    for (const own of [0, 0.1, 0.9, 1e6]) expect(correlation([own, 0.3, 0], 0)).toBeCloseTo(0.5, 9);
    expect(correlation(W, 2)).toBe(0);
    expect(correlation([0.5, -0.3, 0], 0)).toBeCloseTo(-0.5, 12);
  });

  it('is 0 where there is no rest', () => {
    expect(correlation([0.4, 0, 0], 0)).toBe(0);
    expect(correlation([0, 0, 0], 1)).toBe(0);
  });

  it('is exact even for a rest that is lost in the subtraction', () => {
    expect(correlation([1, 1e-9, 0], 0)).toBeCloseTo(0.5, 12);
  });
});

describe('diversification', () => {
  it('is 1 for one instrument and for cash, more for a mixture', () => {
    expect(diversificationRatio(riskOf(RISK, [0.5, 0, 0]))).toBeCloseTo(1, 14);
    expect(diversificationRatio(riskOf(RISK, [0, 0, 0]))).toBe(1);
    expect(diversificationRatio(riskOf(RISK, W))).toBeCloseTo((0.5 * 0.02 + 0.3 * 0.01) / Math.sqrt(VARIANCE), 13);
  });

  it('compares with the portfolio without the decision', () => {
    const portfolio = riskOf(RISK, W);
    const expected = diversificationRatio(portfolio) - diversificationRatio(riskOf(RISK, [0.5, 0.1, 0]));
    expect(diversificationEffect(portfolio, W, 1, 0.1)).toBeCloseTo(expected, 13);
    expect(diversificationEffect(portfolio, W, 2, 0)).toBe(0);
  });

  it('counts an empty portfolio as 1, rounding or not', () => {
    const alone = Float64Array.of(0.1 + 0.2, 0, 0);
    expect(diversificationEffect(riskOf(RISK, alone), alone, 0, 0)).toBeCloseTo(0, 12);
  });
});

describe('costs', () => {
  it('splits a trade of 1 % of NAV into its parts', () => {
    const cost = tradeCostBps({ halfSpread: 0.0005, fee: 0.0002, impact: 0.05 }, -0.01, 0.0001);
    expect(cost.spread).toBeCloseTo(0.05, 14);
    expect(cost.fee).toBeCloseTo(0.02, 14);
    expect(cost.impact).toBeCloseTo(0.5, 13);
    expect(cost.tax).toBeCloseTo(1, 14);
    expect(totalCostBps([cost, cost]).impact).toBeCloseTo(1, 13);
    expect(totalCostBps([])).toEqual({ spread: 0, fee: 0, impact: 0, tax: 0 });
  });

  it('takes no impact where the volume is unknown or nothing can trade', () => {
    expect(impactCoefficient(0.02, 1e6, 100, 1e4)).toBeCloseTo(0.02, 15);
    expect(impactCoefficient(0.02, 1e6, 100, Infinity)).toBe(0);
    expect(impactCoefficient(0.02, 1e6, 100, 0)).toBe(0);
  });

  it('needs days in proportion to the volume, and never infinitely many', () => {
    expect(daysToLiquidate(-5000, 1e5, 0.1)).toBe(0.5);
    expect(daysToLiquidate(5000, Infinity, 0.1)).toBe(0);
    expect(daysToLiquidate(5000, 0, 0.1)).toBe(9999);
    expect(daysToLiquidate(0, 0, 0.1)).toBe(0);
  });

  const names = sharedRequestNames();
  (names.length > 0 ? it.each(names) : it.skip.each(['(shared requests absent)']))(
    'has the impact coefficients of a separate implementation: %s',
    (name) => {
      const { input, instruments, expected } = readSharedRequest(name);
      const built = buildUniverse(input);
      if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
      const { ids, sigma, nav, price, adv } = built.universe;
      ids.forEach((id, i) => {
        const k = impactCoefficient(sigma[i]!, nav, price[i]!, adv[i]!);
        expect(Math.abs(k - expected.k[instruments.indexOf(id)]!)).toBeLessThan(1e-13);
      });
    },
  );
});

describe('transferCoefficient', () => {
  it('is 1 for weights in proportion to alpha over variance and -1 for their opposite', () => {
    const sigma = [0.01, 0.02, 0.04];
    const alpha = [0.001, -0.002, 0.003];
    const ideal = alpha.map((value, i) => value / (sigma[i]! * sigma[i]!));
    expect(transferCoefficient(alpha, ideal, sigma)).toBeCloseTo(1, 14);
    expect(
      transferCoefficient(
        alpha,
        ideal.map((value) => -value),
        sigma,
      ),
    ).toBeCloseTo(-1, 14);
    expect(transferCoefficient(alpha, [0, ideal[1]!, 0], sigma)).toBeCloseTo(
      0.1 / Math.sqrt(0.01 + 0.01 + 0.005625),
      12,
    );
  });

  it('is 1 where there was nothing to transfer and 0 where nothing came through', () => {
    expect(transferCoefficient([0, 0], [0, 0], [1, 1])).toBe(1);
    expect(transferCoefficient([0.1, 0], [0, 0], [1, 1])).toBe(0);
    expect(transferCoefficient([0, 0], [0.1, 0], [1, 1])).toBe(0);
  });
});
