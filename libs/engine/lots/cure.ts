import type { TradeGrid } from './trade-grid.js';
import type { WholeLotPortfolio } from './whole-lot-portfolio.js';

/** Portfolios looked at: those of a handful of instruments in coarse lots, where changes of one or two trades get stuck. */
const PORTFOLIOS_MAX = 20_000;
/** Differences below this share of the violation, and below this of NAV in utility, are rounding. */
const RELIEF_MIN = 1e-9;
const GAIN_MIN = 1e-13;

/**
 * Looks through all portfolios for the one that breaks the limits least, and of those that do alike for the best.
 *
 * @param portfolio left as the best that was found
 * @param tradable instruments that may trade
 * @returns false where there are too many, and nothing was done
 */
export function cure(portfolio: WholeLotPortfolio, grid: TradeGrid, tradable: readonly number[]): boolean {
  const choices: (readonly number[])[] = [];
  let count = 1;
  for (const i of tradable) {
    const trades = tradesOf(grid, i, PORTFOLIOS_MAX / count);
    if (trades === null) return false;
    choices.push(trades);
    count *= trades.length;
  }
  const found = portfolio.trades.slice();
  let { violation, utility } = portfolio;
  const visit = (depth: number): void => {
    if (depth < tradable.length) {
      for (const trade of choices[depth]!) {
        change(portfolio, tradable[depth]!, trade);
        visit(depth + 1);
      }
      return;
    }
    const relief = violation - portfolio.violation;
    const isAlike = Math.abs(relief) <= RELIEF_MIN * violation;
    if (isAlike ? portfolio.utility <= utility + GAIN_MIN : relief < 0) return;
    violation = portfolio.violation;
    utility = portfolio.utility;
    found.set(portfolio.trades);
  };
  visit(0);
  for (const i of tradable) change(portfolio, i, found[i]!);
  return true;
}

/** Every trade that an order can be; null where there are more than the given number. */
function tradesOf(grid: TradeGrid, i: number, most: number): number[] | null {
  const trades = [0];
  for (const direction of [1, -1] as const) {
    let from = 0;
    for (let t = grid.next(i, from, direction); t !== from; t = grid.next(i, t, direction)) {
      if (trades.push(t) > most) return null;
      from = t;
    }
  }
  return trades;
}

function change(portfolio: WholeLotPortfolio, i: number, trade: number): void {
  if (portfolio.trades[i] !== trade) portfolio.apply(i, trade);
}
