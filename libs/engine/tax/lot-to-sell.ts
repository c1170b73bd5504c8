import type { LotToSell } from '../result.js';
import type { SoldLot } from './tax-schedule.js';

/** A sold lot in money, at the price of the decision. */
export function lotToSell({ lotId, quantity, lot }: SoldLot, price: number): LotToSell {
  const value = quantity * price;
  return {
    lotId,
    quantity,
    term: lot.term,
    gain: value * (lot.gain - lot.disallowed),
    tax: value * lot.tax,
    ...(lot.disallowed > 0 ? { lossDisallowed: value * lot.disallowed } : {}),
  };
}
