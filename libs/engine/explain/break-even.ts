import { sellingPieces } from '../optimisation/build-problem.js';
import type { Choice } from '../optimisation/choose-portfolio.js';
import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';
import { gainOfPiece, type SalePiece } from '../tax/index.js';
import { factorExposures } from '../certificate/utility.js';

/**
 * What the first unit of weight traded one way has to earn at the optimum, and what that is made of. The parts add up
 * to `total` exactly: it is their sum. Fractions over the horizon; parts that help the trade are negative.
 */
export interface BreakEven {
  /** gamma (S (w - b))_i */
  readonly marginalRisk: number;
  /** pull toward the rebalance target */
  readonly rebalance: number;
  /** price of each limit of the whole portfolio that binds, by the limit's name */
  readonly limits: Readonly<Record<string, number>>;
  /** spread and fee */
  readonly cost: number;
  readonly tax: number;
  readonly total: number;
}

/** Prices below this (1e-4 bp) are the solver's rounding. */
export const PRICE_MIN = 1e-8;

/** The optimality conditions of one problem's answer, instrument by instrument. */
export class Marginals {
  /** (S w)_i and (S (w - b))_i over the horizon */
  private readonly risk: Float64Array;
  private readonly activeRisk: Float64Array;
  private readonly sectorOf: Int32Array;

  constructor(
    private readonly mandate: Mandate,
    private readonly choice: Choice,
  ) {
    const { problem, solution } = choice;
    const { loadings, specific } = problem.covariance;
    const active = solution.w.map((w, i) => w - mandate.reference[i]!);
    const exposures = [factorExposures(problem, solution.w), factorExposures(problem, active)] as const;
    const along = (row: readonly number[], y: readonly number[]): number =>
      row.reduce((sum, loading, j) => sum + loading * y[j]!, 0);
    this.risk = Float64Array.from(solution.w, (w, i) => along(loadings[i]!, exposures[0]) + specific[i]! * w);
    this.activeRisk = Float64Array.from(active, (a, i) => along(loadings[i]!, exposures[1]) + specific[i]! * a);
    this.sectorOf = new Int32Array(mandate.universe.n).fill(-1);
    mandate.limits.sectors.forEach(({ members }, s) => members.forEach((i) => (this.sectorOf[i] = s)));
  }

  /** For buying (+1) or selling (-1) instrument i. */
  breakEven(i: number, direction: 1 | -1): BreakEven {
    const { mandate, choice } = this;
    const w = choice.solution.w[i]!;
    const limits = this.limitPrices(i, direction);
    const marginalRisk = direction * mandate.parameters.riskAversion * this.activeRisk[i]!;
    const rebalance = direction * mandate.tracking[i]! * (w - mandate.reference[i]!);
    const cost = mandate.weights.cost * mandate.costLinear[i]!;
    const tax = direction < 0 ? mandate.taxWeight[i]! * (this.nextSale(i)?.tax ?? 0) : 0;
    const total = marginalRisk + rebalance + Object.values(limits).reduce((a, b) => a + b, 0) + cost + tax;
    return { marginalRisk, rebalance, limits, cost, tax, total };
  }

  /** Second derivative of the utility's quadratic terms in w_i. */
  curvature(i: number): number {
    return this.mandate.parameters.riskAversion * this.ownVariance(i) + this.mandate.tracking[i]!;
  }

  /** S_ii, over the horizon */
  ownVariance(i: number): number {
    const { loadings, specific } = this.choice.problem.covariance;
    return loadings[i]!.reduce((sum, loading) => sum + loading * loading, specific[i]!);
  }

  /**
   * What one more unit of the instrument's own bound is worth: the part of its expected return that nothing else
   * claims, where its weight is at a bound; 0 elsewhere.
   */
  boundPrice(i: number): number {
    const { mandate, choice } = this;
    const { bounds, solution } = choice;
    const [w, w0] = [solution.w[i]!, mandate.universe.w0[i]!];
    const direction = w >= bounds.upper[i]! - LIMIT_TOLERANCE ? 1 : w <= bounds.lower[i]! + LIMIT_TOLERANCE ? -1 : 0;
    if (direction === 0) return 0;
    const needed = this.breakEven(i, direction);
    const size = Math.abs(w - w0);
    const impact = 1.5 * mandate.weights.cost * mandate.costImpact[i]! * Math.sqrt(size);
    // a forced trade is one that the bound makes larger: loosening it saves what the trade costs
    const saved = Math.sign(w - w0) === -direction ? 2 * (needed.cost + impact + (needed.limits['turnover'] ?? 0)) : 0;
    return Math.max(0, direction * mandate.alpha[i]! - needed.total - impact + saved);
  }

  /** The first stretch of a sale, as the problem has it. */
  private nextSale(i: number): SalePiece | undefined {
    if (this.mandate.taxSchedules[i]!.lots.length === 0) return undefined;
    return sellingPieces(this.mandate, this.choice.bounds, this.choice.prices, i)[0];
  }

  private limitPrices(i: number, direction: 1 | -1): Record<string, number> {
    const { mandate, choice } = this;
    const { invested, groups, turnover, volatility, gross } = choice.solution.multipliers;
    const w = choice.solution.w[i]!;
    const prices: Record<string, number> = {};
    const put = (name: string, price: number): void => {
      if (Math.abs(price) > PRICE_MIN) prices[name] = price;
    };
    put('cash', invested * (direction + mandate.costLinear[i]!));
    put('risk', direction * volatility * this.risk[i]!);
    put('turnover', turnover);
    put('gross', gross * (w === 0 ? 1 : direction * Math.sign(w)));
    const sale = direction < 0 ? this.nextSale(i) : undefined;
    mandate.limits.gains.forEach((limit, g) => {
      if (sale !== undefined) put(limit.name, choice.prices[g]! * gainOfPiece(limit, sale));
    });
    const s = this.sectorOf[i]!;
    if (s >= 0) put(`sector:${mandate.limits.sectors[s]!.sector}`, direction * (groups[s] ?? 0));
    return prices;
  }
}
