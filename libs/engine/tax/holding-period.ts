import type { TaxLot } from '../input.js';

export const DAY_MS = 86_400_000;
/** Held for more than a year: the long-term rate. */
const LONG_TERM_DAYS = 365;

export type HoldingTerm = 'SHORT' | 'LONG';

export function termOf({ acquiredAt }: Pick<TaxLot, 'acquiredAt'>, asOf: number): HoldingTerm {
  return asOf - acquiredAt > LONG_TERM_DAYS * DAY_MS ? 'LONG' : 'SHORT';
}

/** Whole days after which a lot will have been held long enough for the long-term rate; 0 where it has. */
export function daysToLongTerm(lot: Pick<TaxLot, 'acquiredAt'>, asOf: number): number {
  if (termOf(lot, asOf) === 'LONG') return 0;
  return Math.floor(LONG_TERM_DAYS - (asOf - lot.acquiredAt) / DAY_MS) + 1;
}
