import { LIMIT_TOLERANCE, type MandateLimits } from './limits.js';
import type { Mandate } from './mandate.js';

/** Where each weight may end: position limit, liquidity, named tax lots, restriction and trade direction together. Length n. */
export interface WeightBounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/**
 * The bounds on w. w0 lies within them except where it breaks its own position limit: there they demand the cure, or as
 * much of it as liquidity allows.
 *
 * @param barred 1 where the correlation limit bars a larger position
 */
export function weightBounds(mandate: Mandate, barred: Uint8Array): WeightBounds {
  const { universe, limits, directions } = mandate;
  const { n, w0 } = universe;
  const lower = new Float64Array(n);
  const upper = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const w = w0[i]!;
    let [low, high] = [w, w];
    if (directions.buy[i] === 1) high = Infinity;
    if (directions.sell[i] === 1) low = -Infinity;
    if (directions.reduce[i] === 1) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
    if (directions.restore[i] === 1) high = Math.max(high, limits.positionLower[i]!);
    if (barred[i] === 1) [low, high] = [Math.max(low, Math.min(w, 0)), Math.min(high, Math.max(w, 0))];
    const reach = limits.restricted[i] === 1 ? 0 : limits.liquidity[i]!;
    const sellable = Math.min(reach, (mandate.taxSchedules[i]!.most * universe.price[i]!) / universe.nav);
    [low, high] = [Math.max(low, w - sellable), Math.min(high, w + reach)];
    [lower[i], upper[i]] = withinPosition(w, low, high, limits, i);
  }
  return { lower, upper };
}

/** [low, high] cut to the position limits, or to the end nearest them where they are out of reach. */
function withinPosition(w: number, low: number, high: number, limits: MandateLimits, i: number): [number, number] {
  const cap = Math.max(limits.positionUpper[i]!, Math.min(w, limits.positionUpper[i]! + LIMIT_TOLERANCE));
  const floor = Math.min(limits.positionLower[i]!, Math.max(w, limits.positionLower[i]! - LIMIT_TOLERANCE));
  if (low > cap) return [low, low];
  if (high < floor) return [high, high];
  return [Math.max(low, floor), Math.min(high, cap)];
}
