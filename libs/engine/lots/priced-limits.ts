import type { Mandate } from '../optimisation/mandate.js';
import { gainUsed } from '../tax/index.js';
import type { LimitPrices } from './whole-lot-portfolio.js';

/** A limit on a sum over instruments that binds at the continuous optimum. */
export interface PricedLimit {
  /** utility per unit */
  readonly price: number;
  /** the bound less what the instruments use that may not trade */
  readonly room: number;
  /** what instrument i uses at weight v, which t shares traded lead to */
  readonly use: (i: number, v: number, t: number) => number;
}

/** Cash, turnover, sectors and realised gains, as far as they have a price (volatility is no sum). */
export function pricedLimits(mandate: Mandate, prices: LimitPrices, tradable: readonly number[]): PricedLimit[] {
  const { universe, limits, costLinear, costImpact, taxSchedules } = mandate;
  const { w0, price: priceOf, nav } = universe;
  const priced: PricedLimit[] = [];
  const add = (price: number, bound: number, use: PricedLimit['use']): void => {
    if (price <= 0) return;
    const mayTrade = new Set(tradable);
    const others = w0.reduce((sum, w, i) => (mayTrade.has(i) ? sum : sum + use(i, w, 0)), 0);
    priced.push({ price, room: bound - others, use });
  };
  add(prices.invested, limits.investedMax, (i, v) => {
    const size = Math.abs(v - w0[i]!);
    return v + size * (costLinear[i]! + costImpact[i]! * Math.sqrt(size));
  });
  add(prices.turnover, limits.turnoverMax, (i, v) => Math.abs(v - w0[i]!));
  limits.sectors.forEach(({ members, max }, s) => {
    const isMember = new Set(members);
    add(prices.groups[s]!, max, (i, v) => (isMember.has(i) ? v : 0));
  });
  limits.gains.forEach((limit, g) => {
    add(prices.gains[g]!, limit.room, (i, _, t) =>
      t < 0 ? (gainUsed(limit, taxSchedules[i]!, -t) * priceOf[i]!) / nav : 0,
    );
  });
  return priced;
}
