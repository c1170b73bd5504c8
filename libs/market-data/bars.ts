/** One day of one instrument. Prices in the portfolio's currency; volume in shares. As traded that day: splits are told apart from bars. */
export interface DailyBar {
  readonly instrument_id: string;
  /** YYYY-MM-DD */
  readonly day: string;
  readonly close: number;
  /** null where the vendor had none */
  readonly volume: number | null;
}

/** What is known of an instrument apart from its bars; every field but the id may be unknown. */
export interface Instrument {
  readonly instrument_id: string;
  readonly name?: string;
  readonly sector?: string;
  /** shares, default 1 */
  readonly lot_size?: number;
  /** fraction of the price; estimated from the price where absent */
  readonly half_spread?: number;
  /** average daily volume, shares; measured from the bars where absent */
  readonly adv?: number;
  /** fractions of a gain */
  readonly short_term_tax_rate?: number;
  readonly long_term_tax_rate?: number;
  /** YYYY-MM-DD, the last day of trading */
  readonly delisted_on?: string;
}

/**
 * Daily bars as two row-major matrices, days x instruments: the shape in which models are built and files are kept.
 * NaN where there is no bar. Days ascend; the last row is the newest.
 */
export interface BarMatrix {
  readonly days: readonly string[];
  readonly instruments: readonly string[];
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** The bars of a matrix one by one, day by day; cells without a close are left out. */
export function* barsOf(matrix: BarMatrix): Generator<DailyBar> {
  const n = matrix.instruments.length;
  for (const [t, day] of matrix.days.entries()) {
    for (const [i, instrument_id] of matrix.instruments.entries()) {
      const close = matrix.close[t * n + i] as number;
      if (Number.isNaN(close)) continue;
      const volume = matrix.volume[t * n + i] as number;
      yield { instrument_id, day, close, volume: Number.isNaN(volume) ? null : volume };
    }
  }
}

/** The rows from `from` to `to` (exclusive) of the days, without copying the numbers. */
export function sliceDays(matrix: BarMatrix, from: number, to: number): BarMatrix {
  const n = matrix.instruments.length;
  return {
    days: matrix.days.slice(from, to),
    instruments: matrix.instruments,
    close: matrix.close.subarray(from * n, to * n),
    volume: matrix.volume.subarray(from * n, to * n),
  };
}

/** Nothing after `day` (inclusive): what was known at its close. Throws where no bar is that old. */
export function upTo(matrix: BarMatrix, day: string): BarMatrix {
  let end = matrix.days.length;
  while (end > 0 && (matrix.days[end - 1] as string) > day) end -= 1;
  if (end === 0)
    throw new Error(`there are no bars on or before ${day}; the first are of ${matrix.days[0] ?? 'no day'}`);
  return sliceDays(matrix, 0, end);
}

/** Only the named instruments, in the order given. */
export function selectInstruments(matrix: BarMatrix, ids: readonly string[]): BarMatrix {
  const column = new Map(matrix.instruments.map((id, i) => [id, i]));
  const columns = ids.map((id) => {
    const index = column.get(id);
    if (index === undefined) throw new Error(`no bars of ${id}`);
    return index;
  });
  const n = matrix.instruments.length;
  const close = new Float64Array(matrix.days.length * ids.length);
  const volume = new Float64Array(matrix.days.length * ids.length);
  for (let t = 0; t < matrix.days.length; t++) {
    for (const [j, i] of columns.entries()) {
      close[t * ids.length + j] = matrix.close[t * n + i] as number;
      volume[t * ids.length + j] = matrix.volume[t * n + i] as number;
    }
  }
  return { days: matrix.days, instruments: ids, close, volume };
}
