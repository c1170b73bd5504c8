import { sellingPieces } from '../optimisation/build-problem.js';
import type { Mandate } from '../optimisation/mandate.js';
import type { WeightBounds } from '../optimisation/weight-bounds.js';
import { alongPieces, gainUsed, type SalePiece } from '../tax/index.js';
import type { LimitPrices } from './whole-lot-portfolio.js';

/**
 * One instrument's part of the Lagrangian of the continuous problem at its optimum: the utility less what is taken of
 * the limits at their prices, the factors' share of each variance replaced by its tangent. The Lagrangian is a sum of
 * such parts and at least the utility of every portfolio within the limits (weak duality), so that the losses of the
 * parts against the continuous optimum add up to a bound on what a portfolio falls short of it.
 *
 * Where the tax of a sale is not convex in it, the continuous problem has its convex envelope instead: an instrument's
 * part then has a `ceiling`, concave in the weight, which it reaches at the ends of the envelope's pieces.
 */
export class LagrangianParts {
  /** per unit of weight, length n: alpha less marginal factor risk and the prices of cash and sector */
  private readonly slope: Float64Array;
  private readonly curvature: { readonly active: number; readonly total: number };
  private readonly pieces = new Map<number, readonly SalePiece[]>();

  constructor(
    private readonly mandate: Mandate,
    private readonly bounds: WeightBounds,
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
    return this.untaxed(i, v) - this.share(i) * this.saleCost(i, t);
  }

  /** What the part is at most, by the envelope of what selling costs. */
  ceiling(i: number, v: number, t: number): number {
    if (t >= 0 || this.mandate.taxSchedules[i]!.lots.length === 0) return this.untaxed(i, v);
    let pieces = this.pieces.get(i);
    if (pieces === undefined) {
      pieces = sellingPieces(this.mandate, this.bounds, this.prices.gains, i);
      this.pieces.set(i, pieces);
    }
    return this.untaxed(i, v) - this.share(i) * alongPieces(pieces, -t, ({ rate }) => rate);
  }

  /** weight of one share */
  private share(i: number): number {
    const { price, nav } = this.mandate.universe;
    return price[i]! / nav;
  }

  /** Weighted tax and priced gains of a sale, in shares' worth. */
  private saleCost(i: number, t: number): number {
    const { taxSchedules, taxWeight, limits } = this.mandate;
    const schedule = taxSchedules[i]!;
    if (t >= 0 || schedule.lots.length === 0) return 0;
    const taxed = taxWeight[i]! * schedule.tax(-t);
    return limits.gains.reduce((sum, limit, g) => sum + this.prices.gains[g]! * gainUsed(limit, schedule, -t), taxed);
  }

  private untaxed(i: number, v: number): number {
    const { universe, reference, tracking, costLinear, costImpact, weights } = this.mandate;
    const { w0, risk } = universe;
    const { turnover, gross, invested } = this.prices;
    const size = Math.abs(v - w0[i]!);
    const off = v - reference[i]!;
    const { active, total } = this.curvature;
    const paid = size * (costLinear[i]! + costImpact[i]! * Math.sqrt(size));
    return (
      this.slope[i]! * v -
      ((active * risk.specific[i]! + tracking[i]!) / 2) * off * off -
      ((total * risk.specific[i]!) / 2) * v * v -
      (weights.cost + invested) * paid -
      turnover * size -
      gross * Math.abs(v)
    );
  }
}
