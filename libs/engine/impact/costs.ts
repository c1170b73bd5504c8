import type { CostBps } from '../result.js';

const BASIS_POINTS = 1e4;
/** the square-root law's constant (Grinold and Kahn 1999, chapter 16; Toth et al. 2011) */
const IMPACT_COEFFICIENT = 1;
/** reported where the volume is zero or next to it */
const MAX_DAYS_TO_LIQUIDATE = 9999;

/**
 * k_i of the impact cost k_i |x|^(3/2): Y sigma sqrt(NAV / (p ADV)), for a weight x in fractions of NAV. 0 where the volume is
 * unknown (Infinity), and where it is 0, for then nothing trades.
 */
export function impactCoefficient(sigma: number, nav: number, price: number, adv: number): number {
  return adv > 0 && adv < Infinity ? IMPACT_COEFFICIENT * sigma * Math.sqrt(nav / (price * adv)) : 0;
}

/** What one trade costs, as rates of one instrument. */
interface CostRates {
  /** fraction of the traded value */
  readonly halfSpread: number;
  /** fraction of the traded value */
  readonly fee: number;
  /** k_i */
  readonly impact: number;
}

/**
 * Expected cost of trading the weight x, in basis points of NAV.
 *
 * @param x signed traded weight, fraction of NAV
 * @param tax tax of what is sold, fraction of NAV (negative for a harvested loss)
 */
export function tradeCostBps(rates: CostRates, x: number, tax: number): CostBps {
  const size = Math.abs(x);
  return {
    spread: BASIS_POINTS * rates.halfSpread * size,
    fee: BASIS_POINTS * rates.fee * size,
    impact: BASIS_POINTS * rates.impact * size * Math.sqrt(size),
    tax: BASIS_POINTS * tax,
  };
}

/** Sum by kind, in the order given. */
export function totalCostBps(costs: Iterable<CostBps>): CostBps {
  let [spread, fee, impact, tax] = [0, 0, 0, 0];
  for (const cost of costs) {
    spread += cost.spread;
    fee += cost.fee;
    impact += cost.impact;
    tax += cost.tax;
  }
  return { spread, fee, impact, tax };
}

/**
 * Trading days to sell a position at a share of the average volume; 0 where the volume is unknown (Infinity), at most 9999.
 *
 * @param quantity shares, either sign
 * @param adv shares a day
 * @param participation share of it, in (0, 1]
 */
export function daysToLiquidate(quantity: number, adv: number, participation: number): number {
  if (quantity === 0) return 0;
  return Math.min(Math.abs(quantity) / (participation * adv), MAX_DAYS_TO_LIQUIDATE);
}
