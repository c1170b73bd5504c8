import type { CoordinationInput } from '../input.js';
import type { Universe } from '../universe.js';
import { sellableLots } from './sellable-lots.js';
import { TaxSchedule, UNTAXED } from './tax-schedule.js';
import type { WashSales } from './wash-sale.js';

/**
 * How each instrument of the universe would be sold.
 *
 * @param mayBuy whether the coordination may buy instrument i, which would disallow its losses
 */
export function taxSchedules(
  { asOf, parameters, tax }: Pick<CoordinationInput, 'asOf' | 'parameters' | 'tax'>,
  universe: Universe,
  washSales: WashSales,
  mayBuy: (i: number) => boolean,
): TaxSchedule[] {
  const named = new Map(
    parameters.tax.lotMethod === 'SPECIFIC'
      ? (tax?.lotsToSell ?? []).map(({ instrumentId, lotIds }) => [instrumentId, lotIds])
      : [],
  );
  return universe.ids.map((id, i) => {
    const lots = universe.taxLots[i]!;
    const lotIds = named.get(id);
    if (lots.length === 0) return lotIds === undefined ? UNTAXED : new TaxSchedule([], 0);
    const sellable = sellableLots(
      {
        lots,
        held: universe.quantity[i]!,
        price: universe.price[i]!,
        asOf,
        isWashed: mayBuy(i) || washSales.purchaseOf(id) !== undefined,
        ...(lotIds === undefined ? {} : { named: lotIds }),
      },
      parameters.tax,
    );
    const most = lotIds === undefined ? Infinity : sellable.reduce((sum, { quantity }) => sum + quantity, 0);
    return new TaxSchedule(sellable, most);
  });
}
