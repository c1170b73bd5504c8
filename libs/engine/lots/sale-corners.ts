import type { Mandate } from '../optimisation/mandate.js';
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

  /** Instruments and sales worth trying from where the portfolio is. */
  *candidates(portfolio: WholeLotPortfolio): Generator<{ readonly instrument: number; readonly trade: number }> {
    for (const instrument of this.sellers) {
      let sold = 0;
      for (const { quantity } of this.mandate.taxSchedules[instrument]!.lots.slice(0, LOTS_MAX)) {
        const least = this.grid.toward(instrument, -sold);
        sold += quantity;
        const most = this.grid.toward(instrument, -sold);
        if (most === least) continue;
        yield { instrument, trade: this.bestBetween(portfolio, instrument, least, most) };
        yield { instrument, trade: most };
      }
    }
  }

  private bestBetween(portfolio: WholeLotPortfolio, i: number, least: number, most: number): number {
    const change = noChange();
    const worth = (t: number): number => {
      portfolio.tryTrade(i, t, change);
      return change.priced;
    };
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
