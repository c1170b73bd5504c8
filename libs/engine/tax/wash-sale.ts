import type { CoordinationInput } from '../input.js';
import { DAY_MS } from './holding-period.js';

/** A loss counts only where the same instrument is not bought this long before or after its sale. */
export const WASH_SALE_DAYS = 30;

/** A purchase that disallows the losses of a sale of the same instrument. */
export interface WashingPurchase {
  /** where it was or will be made; undefined for this portfolio */
  readonly account?: string;
  /** signed days from the sale: negative before, 0 where it is part of this coordination or still in the market */
  readonly days: number;
}

/** A sale at a loss elsewhere that a purchase now would wash. */
export interface WashableLoss {
  readonly account: string;
  readonly days: number;
  /** money, positive */
  readonly loss: number;
}

/** What was and will be traded of each instrument near enough for the wash-sale rule, from every record of the input. */
export class WashSales {
  private readonly purchases = new Map<string, WashingPurchase>();
  private readonly losses = new Map<string, WashableLoss>();

  constructor({ asOf, portfolio, tax }: Pick<CoordinationInput, 'asOf' | 'portfolio' | 'tax'>) {
    for (const { instrumentId, taxLots = [] } of portfolio.positions) {
      for (const { acquiredAt } of taxLots) this.bought(instrumentId, { days: (acquiredAt - asOf) / DAY_MS });
    }
    for (const { instrumentId, quantity } of portfolio.openOrders) {
      if (quantity > 0) this.bought(instrumentId, { days: 0 });
    }
    for (const { account, instrumentId, quantity, tradedAt, realisedGain = 0 } of tax?.recordedTrades ?? []) {
      const days = (tradedAt - asOf) / DAY_MS;
      if (quantity > 0) this.bought(instrumentId, { account, days });
      else if (realisedGain < 0) this.lost(instrumentId, { account, days, loss: -realisedGain });
    }
  }

  /** The purchase nearest in time that disallows the losses of a sale now; undefined where none does. */
  purchaseOf(instrumentId: string): WashingPurchase | undefined {
    return this.purchases.get(instrumentId);
  }

  /** The largest loss elsewhere that a purchase now would disallow. */
  lossOf(instrumentId: string): WashableLoss | undefined {
    return this.losses.get(instrumentId);
  }

  private bought(instrumentId: string, purchase: WashingPurchase): void {
    if (!isNear(purchase.days)) return;
    const known = this.purchases.get(instrumentId);
    if (known === undefined || isBefore(purchase, known)) this.purchases.set(instrumentId, purchase);
  }

  private lost(instrumentId: string, loss: WashableLoss): void {
    if (!isNear(loss.days)) return;
    const known = this.losses.get(instrumentId);
    if (known === undefined || loss.loss > known.loss || (loss.loss === known.loss && isBefore(loss, known))) {
      this.losses.set(instrumentId, loss);
    }
  }
}

function isNear(days: number): boolean {
  return Math.abs(days) <= WASH_SALE_DAYS;
}

/** Nearer in time; then the earlier, then by account, so that the order of the records has no say. */
function isBefore(a: WashingPurchase, b: WashingPurchase): boolean {
  const [near, far] = [Math.abs(a.days), Math.abs(b.days)];
  if (near !== far) return near < far;
  if (a.days !== b.days) return a.days < b.days;
  return (a.account ?? '') < (b.account ?? '');
}
