import type { LotToSell } from '../result.js';
import type { SoldLot } from './tax-schedule.js';

/**
 * A sold lot in money, at the price of the decision.
 *
 * @param isWashed whether a purchase that was or will be made disallows losses
 */
export function lotToSell({ lotId, quantity, lot }: SoldLot, price: number, isWashed: boolean): LotToSell {
  const value = quantity * price;
  return {
    lotId,
    quantity,
    term: lot.term,
    gain: value * (lot.gain - lot.disallowed),
    tax: value * lot.tax,
    ...(isWashed && lot.disallowed > 0 ? { lossDisallowed: value * lot.disallowed } : {}),
  };
}
