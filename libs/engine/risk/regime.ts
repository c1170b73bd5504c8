import type { Regime } from '../input.js';
import { exp2 } from '../numerics/index.js';

export interface RegimeEstimate {
  readonly regime: Regime;
  /** share of the window's volatilities that today's is not below, in (0, 1]; null where there is too little history */
  readonly percentile: number | null;
  /** EWMA volatility of the market factor on the last day, in its own units; null likewise */
  readonly volatility: number | null;
}

const HALF_LIFE_DAYS = 10;
const WINDOW_DAYS = 252;
/** days before the first volatility that counts: two half-lives */
const WARM_UP_DAYS = 20;
const MIN_WINDOW_DAYS = 60;
const CALM_BELOW = 0.33;
const STRESSED_ABOVE = 0.8;

/**
 * The market regime by the percentile of the market factor's EWMA volatility (half-life 10 days) among its values of the last 252
 * days (model, section 3): CALM below 33 %, STRESSED above 80 %, NORMAL between and where fewer than 60 values are known.
 *
 * @param factor returns of the market factor, oldest first; NaN where unknown
 */
export function regimeOf(factor: Float64Array): RegimeEstimate {
  const decay = exp2(-1 / HALF_LIFE_DAYS);
  const path: number[] = [];
  let squares = 0;
  let total = 0;
  let seen = 0;
  for (const value of factor) {
    if (Number.isNaN(value)) continue;
    squares = decay * squares + value * value;
    total = decay * total + 1;
    seen++;
    if (seen > WARM_UP_DAYS) path.push(Math.sqrt(squares / total));
  }
  const window = path.slice(-WINDOW_DAYS);
  const today = window.at(-1);
  if (today === undefined || window.length < MIN_WINDOW_DAYS)
    return { regime: 'NORMAL', percentile: null, volatility: null };
  const percentile = window.filter((volatility) => volatility <= today).length / window.length;
  const regime = percentile < CALM_BELOW ? 'CALM' : percentile > STRESSED_ABOVE ? 'STRESSED' : 'NORMAL';
  return { regime, percentile, volatility: today };
}
