import { riskOf } from '../impact/index.js';
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
  for (let cuts = 0; ; cuts += 1) {
    const excess = firstExcess(mandate, trades);
    if (excess === null) return trimmed;
    const i = leastFirst.find((each) => trades[each] !== 0 && excess.slope(each) > 0);
    if (i === undefined) throw new Error('no order raises the limit that the orders break');
    const room = cuts < patience ? excess.by / excess.slope(i) : Infinity;
    cut(i, reduced(mandate, i, trades[i]!, room), excess.reason);
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

/** The first limit of the whole portfolio that the trades break beyond its start: cash, sectors, gross, risk. */
function firstExcess(mandate: Mandate, trades: Float64Array): Excess | null {
  const { universe, limits, costLinear, costImpact } = mandate;
  const { w0 } = universe;
  const x = trades.map((trade, i) => weightOf(mandate, i, trade));
  const costOf = (size: number, i: number): number => size * (costLinear[i]! + costImpact[i]! * Math.sqrt(size));
  const [start, after] = [w0, w0.map((weight, i) => weight + x[i]!)];
  const directed = (i: number, rise: number): number => rise * Math.sign(x[i]!);

  const before = total(start);
  const invested = total(after) + x.reduce((sum, each, i) => sum + costOf(Math.abs(each), i), 0);
  const cash = invested - Math.max(limits.investedMax, before);
  if (cash > LIMIT_TOLERANCE) {
    return { reason: 'CASH', by: cash, slope: (i) => (x[i]! > 0 ? 1 : costOf(-x[i]!, i) > -x[i]! ? 1e-3 : 0) };
  }
  for (const { members, max } of limits.sectors) {
    const [from, to] = [start, after].map((w) => members.reduce((sum, i) => sum + w[i]!, 0)) as [number, number];
    const by = to - Math.max(max, from);
    if (by > LIMIT_TOLERANCE) {
      return { reason: 'SECTOR', by, slope: (i) => (members.includes(i) ? directed(i, 1) : 0) };
    }
  }
  const gross = absolute(after) - Math.max(limits.grossMax ?? Infinity, absolute(start));
  if (gross > LIMIT_TOLERANCE) {
    return { reason: 'GROSS', by: gross, slope: (i) => directed(i, Math.sign(after[i]!)) };
  }
  const risk = riskOf(universe.risk, after);
  const by = risk.volatility - Math.max(limits.volatilityMax, riskOf(universe.risk, start).volatility);
  // volatility is convex: a step along its slope does not take away too much
  if (by > LIMIT_TOLERANCE) {
    return { reason: 'RISK', by, slope: (i) => directed(i, risk.covariance[i]! / risk.volatility) };
  }
  return null;
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
