import type { HoldingTerm } from './holding-period.js';
import type { SellableLot } from './sellable-lots.js';

/** Part of a lot that a sale takes. */
export interface SoldLot {
  readonly lotId: string;
  readonly quantity: number;
  readonly lot: SellableLot;
}

/** What selling costs an instrument in tax, lot by lot in the order of the sale. Amounts are in shares' worth: times the price they are money. */
export class TaxSchedule {
  /** whether the marginal tax and the marginal gains never decrease along the sale, so that both are convex in it */
  readonly isOrdered: boolean;

  /** @param most shares that may be sold, where the request names the lots; default no limit of their own */
  constructor(
    readonly lots: readonly SellableLot[],
    readonly most = Infinity,
  ) {
    this.isOrdered = lots.every((lot, l) => l === 0 || lot.tax >= lots[l - 1]!.tax);
  }

  /** Tax on the sale of `quantity` shares. */
  tax(quantity: number): number {
    let [tax, left] = [0, quantity];
    for (const lot of this.lots) {
      if (left <= 0) break;
      tax += lot.tax * Math.min(lot.quantity, left);
      left -= lot.quantity;
    }
    return tax;
  }

  /** Net gain of the term that the sale of `quantity` shares realises. */
  gain(quantity: number, term: HoldingTerm): number {
    let [gain, left] = [0, quantity];
    for (const lot of this.lots) {
      if (left <= 0) break;
      if (lot.term === term) gain += lot.gain * Math.min(lot.quantity, left);
      left -= lot.quantity;
    }
    return gain;
  }

  /** The lots that a sale of `quantity` shares takes, in order; shares outside any lot are not listed. */
  sold(quantity: number): SoldLot[] {
    const sold: SoldLot[] = [];
    let left = quantity;
    for (const lot of this.lots) {
      const taken = Math.min(lot.quantity, left);
      if (taken > 0 && lot.lotId !== '') sold.push({ lotId: lot.lotId, quantity: taken, lot });
      left -= taken;
    }
    return sold;
  }
}

export const UNTAXED = new TaxSchedule([]);
