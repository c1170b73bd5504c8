import type { TradeGrid } from './trade-grid.js';
import { noChange, type WholeLotPortfolio } from './whole-lot-portfolio.js';

const DIRECTIONS = [1, -1] as const;
/** Rounding leaves less than a lot an instrument; what one step cannot mend a longer one of the same kind does. */
const MOVES_PER_INSTRUMENT = 8;
const DOUBLINGS_MAX = 48;
/** Relief below this share of the violation is rounding. */
const RELIEF_MIN = 1e-12;

/**
 * Brings a rounded portfolio back within its limits, one trade changed at a time, each time the one whose next step
 * gives up least utility for what it takes off the violation. Stops when nothing takes anything off.
 *
 * @param tradable instruments that may trade
 */
export function repair(portfolio: WholeLotPortfolio, grid: TradeGrid, tradable: readonly number[]): void {
  const change = noChange();
  for (let moves = MOVES_PER_INSTRUMENT * tradable.length; moves > 0 && portfolio.violation > 0; moves -= 1) {
    let [best, bestDirection, bestScore]: [number, 1 | -1, number] = [-1, 1, -Infinity];
    for (const i of tradable) {
      for (const direction of DIRECTIONS) {
        const t = grid.next(i, portfolio.trades[i]!, direction);
        if (t === portfolio.trades[i]) continue;
        portfolio.tryTrade(i, t, change);
        const relief = Math.min(-change.violation, portfolio.violation);
        if (relief <= RELIEF_MIN * portfolio.violation) continue;
        const score = change.utility / relief;
        if (score > bestScore) [best, bestDirection, bestScore] = [i, direction, score];
      }
    }
    if (best < 0) return;
    portfolio.apply(best, farEnough(portfolio, grid, best, bestDirection));
  }
}

/** The next step of a trade, doubled for as long as twice as far takes more off the violation. */
function farEnough(portfolio: WholeLotPortfolio, grid: TradeGrid, i: number, direction: 1 | -1): number {
  const change = noChange();
  const from = portfolio.trades[i]!;
  let t = grid.next(i, from, direction);
  portfolio.tryTrade(i, t, change);
  let relief = -change.violation;
  for (let doubling = 0; doubling < DOUBLINGS_MAX && relief < portfolio.violation; doubling += 1) {
    const further = grid.toward(i, from + 2 * (t - from));
    if (Math.abs(further - from) <= Math.abs(t - from)) return t;
    portfolio.tryTrade(i, further, change);
    if (-change.violation <= relief) return t;
    [t, relief] = [further, -change.violation];
  }
  return t;
}
