import { taxOnSale } from '../optimisation/tax-schedule.js';
import type { Mandate } from '../optimisation/mandate.js';
import type { LimitPrices } from './whole-lot-portfolio.js';

/**
 * One instrument's part of the Lagrangian of the continuous problem at its optimum: the utility less what is taken of
 * the limits at their prices, the factors' share of each variance replaced by its tangent. The Lagrangian is a sum of
 * such parts and at least the utility of every portfolio within the limits (weak duality), so that the losses of the
 * parts against the continuous optimum add up to a bound on what a portfolio falls short of it.
 */
export class LagrangianParts {
  /** per unit of weight, length n: alpha less marginal factor risk and the prices of cash and sector */
  private readonly slope: Float64Array;
  private readonly curvature: { readonly active: number; readonly total: number };

  constructor(
    private readonly mandate: Mandate,
    w: ArrayLike<number>,
    private readonly prices: LimitPrices,
  ) {
    const { universe, reference, limits, alpha, parameters } = mandate;
    const { n, k, loadings } = universe.risk;
    const h = parameters.horizonDays;
    this.curvature = { active: parameters.riskAversion * h, total: prices.volatility * h };
    const exposures = new Float64Array(k);
    for (let i = 0; i < n; i += 1) {
      const pull = this.curvature.active * (w[i]! - reference[i]!) + this.curvature.total * w[i]!;
      for (let j = 0; j < k; j += 1) exposures[j]! += loadings[i * k + j]! * pull;
    }
    this.slope = new Float64Array(n);
    for (let i = 0; i < n; i += 1) {
      let marginal = 0;
      for (let j = 0; j < k; j += 1) marginal += loadings[i * k + j]! * exposures[j]!;
      this.slope[i] = alpha[i]! - marginal - prices.invested;
    }
    limits.sectors.forEach(({ members }, s) => {
      for (const i of members) this.slope[i]! -= prices.groups[s]!;
    });
  }

  /** The part of instrument i at weight v, which t shares traded lead to. */
  at(i: number, v: number, t: number): number {
    const { universe, reference, tracking, costLinear, costImpact, weights, lots, taxWeight } = this.mandate;
    const { price, nav, w0, risk } = universe;
    const { turnover, gross, invested } = this.prices;
    const size = Math.abs(v - w0[i]!);
    const off = v - reference[i]!;
    const { active, total } = this.curvature;
    const paid = size * (costLinear[i]! + costImpact[i]! * Math.sqrt(size));
    const taxed = t < 0 ? (taxWeight[i]! * taxOnSale(lots[i]!, -t) * price[i]!) / nav : 0;
    return (
      this.slope[i]! * v -
      ((active * risk.specific[i]! + tracking[i]!) / 2) * off * off -
      ((total * risk.specific[i]!) / 2) * v * v -
      (weights.cost + invested) * paid -
      taxed -
      turnover * size -
      gross * Math.abs(v)
    );
  }
}
