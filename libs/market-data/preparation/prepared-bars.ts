import type { PreparationReport } from '#domain';

/** Bars on the days of trading, with what is not to be trusted taken out. Instruments and days ascend. */
export interface PreparedBars {
  readonly days: readonly string[];
  readonly instruments: readonly string[];
  /** days x instruments: closes of which returns may be taken; NaN where there is none */
  readonly close: Float64Array;
  /** days x instruments, shares; NaN where unknown */
  readonly volume: Float64Array;
  /** of each instrument, the last close that is a price, and the index of its day */
  readonly price: Float64Array;
  readonly priceDay: Int32Array;
  readonly report: PreparationReport;
}
