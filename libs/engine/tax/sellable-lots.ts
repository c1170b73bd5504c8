import type { LotMethod, TaxLot, TaxParameters } from '../input.js';
import { type HoldingTerm, termOf } from './holding-period.js';

/** One tax lot as it would be sold. Rates are per unit of value sold. */
export interface SellableLot {
  /** empty for shares that no lot accounts for */
  readonly lotId: string;
  /** shares */
  readonly quantity: number;
  readonly acquiredAt: number;
  readonly term: HoldingTerm;
  /** (p - basis) / p as far as it counts: 0 for a loss that a purchase disallows */
  readonly gain: number;
  /** (basis - p) / p of a loss that is not counted on, else 0 */
  readonly disallowed: number;
  /** rate * gain; negative for a loss that is harvested, 0 for one that is not */
  readonly tax: number;
}

/** A holding and what decides the order in which it is sold. */
export interface Holding {
  readonly lots: readonly TaxLot[];
  /** shares, open orders counted as filled */
  readonly held: number;
  readonly price: number;
  readonly asOf: number;
  /** whether a purchase within the wash-sale window, or one that this coordination may make, disallows losses */
  readonly isWashed: boolean;
  /** for SPECIFIC: the lots that the request names, in their order; undefined where it names none of the instrument */
  readonly named?: readonly string[];
}

interface RatedLot extends SellableLot {
  readonly basis: number;
}

/**
 * The lots of a holding in the order in which they are sold. LEAST_TAX: increasing tax per unit of value, so that the
 * tax is convex in the amount sold; then increasing gain. HIFO: decreasing basis. FIFO: the oldest first. SPECIFIC: the
 * named ones alone, as LEAST_TAX where the request names none. Ties by age, then id. Shares still to be sold by open
 * orders are taken from the first lots, and shares that no lot accounts for have neither gain nor tax.
 */
export function sellableLots(holding: Holding, rules: TaxParameters): SellableLot[] {
  const { lots, price, asOf, isWashed, named } = holding;
  const method = rules.lotMethod ?? 'LEAST_TAX';
  const held = Math.max(0, holding.held);
  const rated = lots.map((lot) => rate(lot, price, asOf, rules, isWashed));
  const known = lots.reduce((sum, { quantity }) => sum + quantity, 0);
  if (known < held && lots.length > 0) rated.push(unaccounted(held - known, price));
  const ordered =
    method === 'SPECIFIC' && named !== undefined
      ? named.flatMap((id) => rated.filter(({ lotId }) => lotId === id))
      : rated.sort(ORDERS[method]);
  return withoutFirst(ordered, known - held);
}

function rate(lot: TaxLot, price: number, asOf: number, rules: TaxParameters, isWashed: boolean): RatedLot {
  const term = termOf(lot, asOf);
  const change = (price - lot.costBasis) / price;
  const gain = change < 0 && isWashed ? 0 : change;
  const taxRate = term === 'LONG' ? rules.longTermRate : rules.shortTermRate;
  return {
    lotId: lot.lotId,
    quantity: lot.quantity,
    acquiredAt: lot.acquiredAt,
    term,
    gain,
    disallowed: change < 0 && isWashed ? -change : 0,
    tax: gain < 0 && !rules.harvest ? 0 : taxRate * gain,
    basis: lot.costBasis,
  };
}

/** Bought by open orders, so the youngest of all. */
function unaccounted(quantity: number, price: number): RatedLot {
  return { lotId: '', quantity, acquiredAt: Infinity, term: 'SHORT', gain: 0, disallowed: 0, tax: 0, basis: price };
}

const ORDERS: Readonly<Record<LotMethod, (a: RatedLot, b: RatedLot) => number>> = {
  LEAST_TAX: byTax,
  SPECIFIC: byTax,
  HIFO: (a, b) => b.basis - a.basis || byAge(a, b),
  FIFO: byAge,
};

function byTax(a: RatedLot, b: RatedLot): number {
  return a.tax - b.tax || a.gain - b.gain || byAge(a, b);
}

function byAge(a: RatedLot, b: RatedLot): number {
  if (a.acquiredAt !== b.acquiredAt) return a.acquiredAt < b.acquiredAt ? -1 : 1;
  return a.lotId < b.lotId ? -1 : a.lotId > b.lotId ? 1 : 0;
}

function withoutFirst(lots: readonly RatedLot[], taken: number): SellableLot[] {
  const rest: SellableLot[] = [];
  let left = Math.max(0, taken);
  for (const { basis: _, ...lot } of lots) {
    const quantity = lot.quantity - Math.min(lot.quantity, left);
    left -= lot.quantity - quantity;
    if (quantity > 0) rest.push({ ...lot, quantity });
  }
  return rest;
}
