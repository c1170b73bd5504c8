import type { TradeGrid } from './trade-grid.js';
import { noChange, type WholeLotPortfolio } from './whole-lot-portfolio.js';

const DIRECTIONS = [1, -1] as const;
/** Moves of one lot; rounding leaves less than one an instrument. */
const MOVES_PER_INSTRUMENT = 8;

/**
 * Brings a rounded portfolio back within its limits, one step of one trade at a time, each time the step that gives up
 * least utility for what it takes off the violation. Stops when nothing takes anything off.
 *
 * @param tradable instruments that may trade
 */
export function repair(portfolio: WholeLotPortfolio, grid: TradeGrid, tradable: readonly number[]): void {
  const change = noChange();
  for (let moves = MOVES_PER_INSTRUMENT * tradable.length; moves > 0 && portfolio.violation > 0; moves -= 1) {
    let [best, bestTrade, bestScore] = [-1, 0, -Infinity];
    for (const i of tradable) {
      for (const direction of DIRECTIONS) {
        const t = grid.next(i, portfolio.trades[i]!, direction);
        if (t === portfolio.trades[i]) continue;
        portfolio.tryTrade(i, t, change);
        const relief = Math.min(-change.violation, portfolio.violation);
        if (relief <= 1e-12 * portfolio.violation) continue;
        const score = change.utility / relief;
        if (score > bestScore) [best, bestTrade, bestScore] = [i, t, score];
      }
    }
    if (best < 0) return;
    portfolio.apply(best, bestTrade);
  }
}
