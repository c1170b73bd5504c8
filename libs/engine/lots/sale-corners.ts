import type { Mandate } from '../optimisation/mandate.js';
import type { LagrangianParts } from './lagrangian.js';
import type { TradeGrid } from './trade-grid.js';
import { noChange, type WholeLotPortfolio } from './whole-lot-portfolio.js';

/** Tax lots of an instrument looked at one by one; what lies beyond them is reached by single steps only. */
const LOTS_MAX = 64;
/** Halvings that find a share among more than any position has. */
const HALVINGS_MAX = 60;

/**
 * The best sale within each tax lot of the instruments whose tax or gains are not convex in what is sold (FIFO, HIFO
 * and named lots, budgets of gains): there a better portfolio may lie beyond a worse one, which single steps do not
 * cross. Within a lot the utility is concave, so that its best sale is found by halving.
 */
export class SaleCorners {
  private readonly sellers: readonly number[];

  constructor(
    private readonly mandate: Mandate,
    private readonly grid: TradeGrid,
    tradable: readonly number[],
  ) {
    const { taxSchedules, limits } = mandate;
    this.sellers = tradable.filter((i) => {
      const { isOrdered, lots } = taxSchedules[i]!;
      return !isOrdered || (limits.gains.length > 0 && lots.length > 1);
    });
  }

  get exist(): boolean {
    return this.sellers.length > 0;
  }

  /**
   * The trades with each of these sales at the end of a lot where its part of the Lagrangian is better there under the
   * exact cost, not its envelope: another place to begin from.
   *
   * @param ideal trades of the continuous optimum, length n
   */
  bestBy(parts: LagrangianParts, ideal: Float64Array): Float64Array {
    const trades = ideal.slice();
    const { w0, price, nav } = this.mandate.universe;
    const worth = (i: number, t: number): number => parts.at(i, w0[i]! + (t * price[i]!) / nav, t);
    for (const i of this.sellers) {
      let best = worth(i, ideal[i]!);
      const consider = (t: number): void => {
        const value = worth(i, t);
        if (value > best) [trades[i], best] = [t, value];
      };
      consider(0);
      for (const [, most] of this.stretches(i)) consider(most);
    }
    return trades;
  }

  /** Instruments and sales worth trying from where the portfolio is. */
  *candidates(portfolio: WholeLotPortfolio): Generator<{ readonly instrument: number; readonly trade: number }> {
    const change = noChange();
    for (const instrument of this.sellers) {
      const worth = (t: number): number => {
        portfolio.tryTrade(instrument, t, change);
        return change.priced;
      };
      for (const [least, most] of this.stretches(instrument)) {
        yield { instrument, trade: this.bestBetween(worth, instrument, least, most) };
        yield { instrument, trade: most };
      }
    }
  }

  /** The sales within each lot, from the least to the most. */
  private *stretches(i: number): Generator<readonly [number, number]> {
    let sold = 0;
    for (const { quantity } of this.mandate.taxSchedules[i]!.lots.slice(0, LOTS_MAX)) {
      const least = this.grid.toward(i, -sold);
      sold += quantity;
      const most = this.grid.toward(i, -sold);
      if (most !== least) yield [least, most];
    }
  }

  private bestBetween(worth: (t: number) => number, i: number, least: number, most: number): number {
    let [low, high] = [least, most];
    for (let halving = 0; halving < HALVINGS_MAX; halving += 1) {
      const middle = this.grid.toward(i, (low + high) / 2);
      const further = this.grid.next(i, middle, -1);
      if (middle > low || further < high || further === middle) break;
      if (worth(further) > worth(middle)) low = further;
      else high = middle;
      if (low === high) break;
    }
    return worth(high) > worth(low) ? high : low;
  }
}
