/** Closes adjusted for splits and dividends, by trading day. */
export interface PriceTable {
  /** when each trading day closes, epoch milliseconds, ascending */
  readonly closeAt: ArrayLike<number>;
  readonly instruments: readonly string[];
  /** days x instruments, row-major; NaN where there is none (halted, not yet listed, late) */
  readonly closes: Float64Array;
}

/** trading days that a close may be late by before the day counts as without one */
const LATE_DAYS_MAX = 5;

/** The close of a day, or the first one after it where the instrument did not trade. */
export interface Quote {
  readonly day: number;
  readonly price: number;
}

/** Looks closes up by instrument and time; a lookup is O(log days). */
export class Prices {
  private readonly column: ReadonlyMap<string, number>;

  constructor(readonly table: PriceTable) {
    const { closeAt, instruments, closes } = table;
    if (closes.length !== closeAt.length * instruments.length) {
      throw new Error('Prices: closes must hold days x instruments');
    }
    for (let day = 1; day < closeAt.length; day++) {
      if (!(closeAt[day]! > closeAt[day - 1]!)) throw new Error('Prices: the days must be ascending');
    }
    this.column = new Map(instruments.map((instrument, i) => [instrument, i]));
  }

  get days(): number {
    return this.table.closeAt.length;
  }

  columnOf(instrumentId: string): number | undefined {
    return this.column.get(instrumentId);
  }

  /** The first trading day that closes at or after a time; `days` where none does yet. */
  dayAtOrAfter(time: number): number {
    const { closeAt } = this.table;
    let low = 0;
    let high = closeAt.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (closeAt[middle]! >= time) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** NaN where there is no positive, finite close. */
  close(day: number, column: number): number {
    const price = this.table.closes[day * this.table.instruments.length + column];
    return price !== undefined && price > 0 && price < Infinity ? price : NaN;
  }

  /**
   * The close of the day or of one of the five after it. `LATE` where those days are not over yet, `MISSING` where they are.
   * Never an earlier close: nobody could have traded at it.
   */
  quote(day: number, column: number): Quote | 'LATE' | 'MISSING' {
    for (let late = 0; late <= LATE_DAYS_MAX; late++) {
      if (day + late >= this.days) return 'LATE';
      const price = this.close(day + late, column);
      if (!Number.isNaN(price)) return { day: day + late, price };
    }
    return 'MISSING';
  }
}
