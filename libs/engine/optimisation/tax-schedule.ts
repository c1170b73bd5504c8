import type { TaxLot } from '../input.js';
import type { Universe } from '../universe.js';

/** One tax lot as it would be sold. */
export interface SellableLot {
  readonly lotId: string;
  /** shares */
  readonly quantity: number;
  /** tax per unit of value sold: rate * (p - basis) / p; negative for a loss that is harvested, 0 for one that is not */
  readonly rate: number;
}

export interface TaxRules {
  readonly shortTermRate: number;
  readonly longTermRate: number;
  readonly harvest: boolean;
}

const DAY_MS = 86_400_000;
/** Held for more than a year: the long-term rate. */
const LONG_TERM_DAYS = 365;
/** A loss counts only where nothing was bought this long before (or is bought in this coordination). */
const WASH_SALE_DAYS = 30;

/**
 * The lots of an instrument in the order in which they are sold: increasing tax per unit of value, so that the tax is
 * convex in the amount sold; ties by age, then id. Lots beyond the quantity held (open sell orders) are left out, and
 * shares that no lot accounts for are untaxed.
 *
 * @param mayHarvest false where the instrument may be bought in this coordination, which would disallow its losses
 */
export function sellableLots(
  universe: Universe,
  instrument: number,
  asOf: number,
  rules: TaxRules,
  mayHarvest: boolean,
): SellableLot[] {
  const lots = universe.taxLots[instrument]!;
  const price = universe.price[instrument]!;
  const boughtLately = lots.some((lot) => asOf - lot.acquiredAt <= WASH_SALE_DAYS * DAY_MS);
  const lossesCount = rules.harvest && mayHarvest && !boughtLately;
  const rated = lots.map((lot) => ({ lot, rate: taxRate(lot, price, asOf, rules, lossesCount) }));
  const held = Math.max(0, universe.quantity[instrument]!);
  const known = lots.reduce((sum, lot) => sum + lot.quantity, 0);
  if (known < held && lots.length > 0) {
    const rest: TaxLot = { lotId: '', quantity: held - known, costBasis: price, acquiredAt: -Infinity };
    rated.push({ lot: rest, rate: 0 });
  }
  rated.sort((a, b) => a.rate - b.rate || compareAge(a.lot, b.lot));
  const sellable: SellableLot[] = [];
  let left = held;
  for (const { lot, rate } of rated) {
    const quantity = Math.min(lot.quantity, left);
    if (quantity > 0) sellable.push({ lotId: lot.lotId, quantity, rate });
    left -= quantity;
  }
  return sellable;
}

function taxRate(lot: TaxLot, price: number, asOf: number, rules: TaxRules, lossesCount: boolean): number {
  const longTerm = asOf - lot.acquiredAt > LONG_TERM_DAYS * DAY_MS;
  const rate = ((longTerm ? rules.longTermRate : rules.shortTermRate) * (price - lot.costBasis)) / price;
  return rate < 0 && !lossesCount ? 0 : rate;
}

function compareAge(a: TaxLot, b: TaxLot): number {
  if (a.acquiredAt !== b.acquiredAt) return a.acquiredAt < b.acquiredAt ? -1 : 1;
  return a.lotId < b.lotId ? -1 : a.lotId > b.lotId ? 1 : 0;
}

/** The lots that a sale of `quantity` shares takes, in order; shares outside any lot are not listed. */
export function lotsSold(lots: readonly SellableLot[], quantity: number): { lotId: string; quantity: number }[] {
  const sold: { lotId: string; quantity: number }[] = [];
  let left = quantity;
  for (const lot of lots) {
    const taken = Math.min(lot.quantity, left);
    if (taken > 0 && lot.lotId !== '') sold.push({ lotId: lot.lotId, quantity: taken });
    left -= taken;
  }
  return sold;
}

/** Tax on the sale of `quantity` shares, in shares' worth: multiply by the price for money. */
export function taxOnSale(lots: readonly SellableLot[], quantity: number): number {
  let [tax, left] = [0, quantity];
  for (const lot of lots) {
    if (left <= 0) break;
    tax += lot.rate * Math.min(lot.quantity, left);
    left -= lot.quantity;
  }
  return tax;
}
