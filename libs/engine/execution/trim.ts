import { covarianceOf, totalRiskOf } from '../impact/index.js';
import { LIMIT_TOLERANCE } from '../optimisation/limits.js';
import type { Mandate } from '../optimisation/mandate.js';

/** The limit that an order, or a part of it, no longer fits under; LIQUIDITY: no volume within the sessions is left for it. */
export type ReleaseReason = 'RESTRICTED' | 'POSITION' | 'CASH' | 'SECTOR' | 'GROSS' | 'RISK' | 'LIQUIDITY';

export interface Trimmed {
  readonly instrument: number;
  /** signed shares that will not trade */
  readonly quantity: number;
  readonly reason: ReleaseReason;
}

/** A limit of the whole portfolio: its excess at some trades, and by how much one instrument's trade raises it. */
interface Excess {
  readonly reason: ReleaseReason;
  readonly by: number;
  /** change of the value with the weight traded in instrument i, in the direction of its trade */
  slope(i: number): number;
}

/**
 * Cuts orders, those first whose loss costs the least utility, until what is left of them keeps every limit that held before and
 * makes no broken one worse once all of it has filled. The orders are changed in place.
 *
 * @param trades signed shares, length n
 * @param losses utility lost without each order, length n
 */
export function trimToLimits(mandate: Mandate, trades: Float64Array, losses: Float64Array): Trimmed[] {
  const trimmed: Trimmed[] = [];
  const cut = (i: number, kept: number, reason: ReleaseReason): void => {
    trimmed.push({ instrument: i, quantity: trades[i]! - kept, reason });
    trades[i] = kept;
  };
  const traded = [...trades.keys()].filter((i) => trades[i] !== 0);
  for (const i of traded) {
    if (mandate.limits.restricted[i] === 1) cut(i, 0, 'RESTRICTED');
    else trimToPosition(mandate, trades, i, cut);
  }
  const leastFirst = traded.sort((a, b) => losses[a]! - losses[b]! || b - a);
  // after so many cuts, each for one limit, orders go as a whole
  const patience = 8 * traded.length;
  const portfolio = new TradedPortfolio(mandate, trades);
  for (let cuts = 0; ; cuts += 1) {
    const excess = portfolio.firstExcess();
    if (excess === null) return trimmed;
    const i = leastFirst.find((each) => trades[each] !== 0 && excess.slope(each) > 0);
    if (i === undefined) throw new Error('no order raises the limit that the orders break');
    const room = cuts < patience ? excess.by / excess.slope(i) : Infinity;
    cut(i, reduced(mandate, i, trades[i]!, room), excess.reason);
    portfolio.trade(i, trades[i]!);
  }
}

/** An order less a weight, rounded to whole lots toward nothing. */
function reduced({ universe }: Mandate, i: number, trade: number, weight: number): number {
  const lot = universe.lotSize[i]!;
  const shares = (weight * universe.nav) / universe.price[i]!;
  const lots = Math.max(1, Math.ceil(shares / lot - ROUNDING));
  return Math.sign(trade) * Math.max(0, Math.abs(trade) - lots * lot);
}

const ROUNDING = 1e-9;

function trimToPosition(
  mandate: Mandate,
  trades: Float64Array,
  i: number,
  cut: (i: number, kept: number, reason: ReleaseReason) => void,
): void {
  const { universe, limits } = mandate;
  const w0 = universe.w0[i]!;
  const after = w0 + weightOf(mandate, i, trades[i]!);
  const over = after - Math.max(limits.positionUpper[i]!, w0);
  const under = Math.min(limits.positionLower[i]!, w0) - after;
  const excess = Math.max(over, under);
  if (excess > LIMIT_TOLERANCE) cut(i, reduced(mandate, i, trades[i]!, excess), 'POSITION');
}

/** The portfolio once all trades have filled. */
class TradedPortfolio {
  /** weights traded, and after */
  private readonly x: Float64Array;
  private readonly after: Float64Array;
  private readonly volatilityMax: number;

  constructor(
    private readonly mandate: Mandate,
    trades: Float64Array,
  ) {
    const { universe, limits } = mandate;
    this.x = trades.map((trade, i) => weightOf(mandate, i, trade));
    this.after = universe.w0.map((weight, i) => weight + this.x[i]!);
    this.volatilityMax = Math.max(limits.volatilityMax, totalRiskOf(universe.risk, universe.w0).volatility);
  }

  trade(i: number, shares: number): void {
    this.x[i] = weightOf(this.mandate, i, shares);
    this.after[i] = this.mandate.universe.w0[i]! + this.x[i];
  }

  /** The first limit of the whole portfolio that the trades break beyond its start: cash, sectors, gross, risk. */
  firstExcess(): Excess | null {
    return this.cash() ?? this.sector() ?? this.gross() ?? this.risk();
  }

  private cash(): Excess | null {
    const { universe, limits } = this.mandate;
    const invested = total(this.after) + this.x.reduce((sum, each, i) => sum + this.costOf(Math.abs(each), i), 0);
    const by = invested - Math.max(limits.investedMax, total(universe.w0));
    if (by <= LIMIT_TOLERANCE) return null;
    const frees = (i: number): number => (this.costOf(-this.x[i]!, i) > -this.x[i]! ? 1e-3 : 0);
    return { reason: 'CASH', by, slope: (i) => (this.x[i]! > 0 ? 1 : frees(i)) };
  }

  private sector(): Excess | null {
    const { universe, limits } = this.mandate;
    for (const { members, max } of limits.sectors) {
      const sum = (w: Float64Array): number => members.reduce((weight, i) => weight + w[i]!, 0);
      const by = sum(this.after) - Math.max(max, sum(universe.w0));
      if (by <= LIMIT_TOLERANCE) continue;
      return { reason: 'SECTOR', by, slope: (i) => (members.includes(i) ? this.directed(i, 1) : 0) };
    }
    return null;
  }

  private gross(): Excess | null {
    const { universe, limits } = this.mandate;
    const by = absolute(this.after) - Math.max(limits.grossMax ?? Infinity, absolute(universe.w0));
    if (by <= LIMIT_TOLERANCE) return null;
    return { reason: 'GROSS', by, slope: (i) => this.directed(i, Math.sign(this.after[i]!)) };
  }

  private risk(): Excess | null {
    const { risk } = this.mandate.universe;
    const { volatility, exposures } = totalRiskOf(risk, this.after);
    const by = volatility - this.volatilityMax;
    if (by <= LIMIT_TOLERANCE) return null;
    // volatility is convex: a step along its slope does not take away too much
    const covariance = (i: number): number => covarianceOf(risk, this.after, exposures, i);
    return { reason: 'RISK', by, slope: (i) => this.directed(i, covariance(i) / volatility) };
  }

  private costOf(size: number, i: number): number {
    const { costLinear, costImpact } = this.mandate;
    return size * (costLinear[i]! + costImpact[i]! * Math.sqrt(size));
  }

  private directed(i: number, rise: number): number {
    return rise * Math.sign(this.x[i]!);
  }
}

function weightOf({ universe }: Mandate, i: number, trade: number): number {
  return (trade * universe.price[i]!) / universe.nav;
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function absolute(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += Math.abs(value);
  return sum;
}
