import type { Mandate } from '../optimisation/mandate.js';
import type { WeightBounds } from '../optimisation/weight-bounds.js';
import { cure } from './cure.js';
import { exhaust } from './exhaust.js';
import { improve } from './improve.js';
import { LagrangianParts } from './lagrangian.js';
import { LimitHinges } from './limit-hinges.js';
import { repair } from './repair.js';
import { SaleCorners } from './sale-corners.js';
import { TradeGrid } from './trade-grid.js';
import { type LimitPrices, noChange, WholeLotPortfolio } from './whole-lot-portfolio.js';

/** Trades that can be ordered. */
export interface WholeLots {
  /** signed shares, whole lots or closed positions; length n */
  readonly trades: Float64Array;
  /** utility over that of w0 */
  readonly utility: number;
}

/** What the solver found. */
export interface ContinuousAnswer {
  readonly w: ArrayLike<number>;
  readonly multipliers: LimitPrices;
  /** utility over that of w0 */
  readonly gain: number;
}

/**
 * Turns continuous weights into orders: rounded toward holding (toward the position limit where w0 breaks it),
 * repaired until every limit holds that can, and improved while the utility rises. Where there are few enough
 * portfolios, what is left of the gap to the continuous optimum is searched, and where a limit is still broken all of them.
 *
 * @param answer continuous weights, length n, their utility and the prices of the limits
 * @param options improved: false leaves out the improvement
 */
export function wholeLots(
  mandate: Mandate,
  bounds: WeightBounds,
  { w, multipliers, gain }: ContinuousAnswer,
  { improved = true }: { readonly improved?: boolean } = {},
): WholeLots {
  const { universe, parameters } = mandate;
  const { n, w0, price, nav } = universe;
  const grid = new TradeGrid(universe, parameters, bounds);
  const tradable: number[] = [];
  const ideal = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    if (bounds.lower[i] === w0[i] && bounds.upper[i] === w0[i]) continue;
    tradable.push(i);
    ideal[i] = ((w[i]! - w0[i]!) * nav) / price[i]!;
  }
  const corners = new SaleCorners(mandate, grid, tradable);
  const from = (trades: Float64Array): WholeLotPortfolio => {
    const portfolio = rounded(mandate, grid, tradable, trades, multipliers);
    repair(portfolio, grid, tradable);
    return portfolio;
  };
  let portfolio = from(ideal);
  let isClose = !improved || improve(portfolio, grid, tradable, corners, gain);
  if (improved && portfolio.violation > 0) cure(portfolio, grid, tradable);
  else if (!isClose) {
    const parts = new LagrangianParts(mandate, bounds, w, multipliers);
    if (corners.exist && mandate.broken.length === 0) {
      const other = from(corners.bestBy(parts, ideal));
      const otherIsClose = improve(other, grid, tradable, corners, gain);
      if (other.violation === 0 && other.utility > portfolio.utility) [portfolio, isClose] = [other, otherIsClose];
    }
    const optimum = { trades: ideal, utility: gain, prices: multipliers, parts };
    if (!isClose) exhaust(mandate, portfolio, grid, tradable, optimum);
  }
  return { trades: portfolio.trades, utility: portfolio.utility };
}

/** Rounded toward holding, or toward the position limit where w0 breaks it. */
function rounded(
  mandate: Mandate,
  grid: TradeGrid,
  tradable: readonly number[],
  trades: Float64Array,
  prices: LimitPrices,
): WholeLotPortfolio {
  const { universe, limits } = mandate;
  const portfolio = new WholeLotPortfolio(mandate, new LimitHinges(mandate), prices);
  for (const i of tradable) {
    const cures = universe.w0[i]! > limits.positionUpper[i]! || universe.w0[i]! < limits.positionLower[i]!;
    const trade = cures ? grid.atLeast(i, trades[i]!) : grid.toward(i, trades[i]!);
    if (trade !== 0) portfolio.apply(i, trade);
  }
  return portfolio;
}

/** The utility that each trade adds to the portfolio in which all the others are made; length n, 0 where none is. */
export function dropLosses(mandate: Mandate, trades: Float64Array): Float64Array {
  const portfolio = new WholeLotPortfolio(mandate, new LimitHinges(mandate));
  const change = noChange();
  trades.forEach((t, i) => {
    if (t !== 0) portfolio.apply(i, t);
  });
  return trades.map((t, i) => {
    if (t === 0) return 0;
    portfolio.tryTrade(i, 0, change);
    return -change.utility;
  });
}
