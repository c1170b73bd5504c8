import type { BarRows } from './bar-rows.js';

/** What is the matter with a bar. */
export const MARK = { none: 0, spike: 1, levelShift: 2, unconfirmed: 3, stale: 4 } as const;

/** The bars of trading days with a price, by instrument and day, each with its mark. */
export interface MarkedBars {
  readonly instrument: Int32Array;
  readonly day: Int32Array;
  readonly close: Float64Array;
  readonly mark: Uint8Array;
}

/**
 * Works on bars in long format. Every implementation gives the same answers to the last bit, for the same rows in whatever order: they compare
 * and divide single numbers, and sum nothing but counts.
 */
export interface Preparer {
  readonly name: 'polars' | 'typescript';
  /** bars with a positive finite close of each day */
  countByDay(rows: BarRows): Int32Array;
  /** @param isTradingDay 1 or 0, by day */
  markBars(rows: BarRows, isTradingDay: Uint8Array): MarkedBars;
}

/** a close this many times off, and back on the next bar, is an error of the data: 2:1 splits applied for one day included */
export const SPIKE_RATIO = 1.8;
/** how near the close before the bar after a spike must be */
export const SPIKE_RETURN = 1.25;
/** a close this many times off that stays is no return that anybody earned */
export const SHIFT_RATIO = 5;
/** days without any change of the close that make it stale */
export const STALE_DAYS = 10;
