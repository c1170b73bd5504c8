/** Daily closes as the store serves them. */
export interface CloseHistory {
  /** YYYY-MM-DD, one a row, ascending */
  readonly dates: readonly string[];
  readonly instruments: readonly string[];
  /** dates x instruments, row-major; NaN where there was no close */
  readonly closes: Float64Array;
  /** of each instrument */
  readonly sectors: readonly (string | null)[];
}

/** Simple returns by instrument: row i holds T = dates - 1 days, 0 where missing. */
export interface ReturnTable {
  readonly n: number;
  readonly days: number;
  /** n x T row-major */
  readonly values: Float64Array;
  /** n x T, 1 where there is a return */
  readonly present: Uint8Array;
  /** returns of each instrument */
  readonly counts: Int32Array;
}

/** A return needs a positive close on its own day and on the row before: a gap is missing, never bridged. */
export function returnTable({ dates, instruments, closes }: CloseHistory): ReturnTable {
  const n = instruments.length;
  const days = Math.max(dates.length - 1, 0);
  const values = new Float64Array(n * days);
  const present = new Uint8Array(n * days);
  const counts = new Int32Array(n);
  // a block of instruments at a time: both matrices are walked along their rows then, near enough
  for (let first = 0; first < n; first += 16) {
    const end = Math.min(first + 16, n);
    for (let t = 0; t < days; t++) {
      for (let i = first; i < end; i++) {
        const from = closes[t * n + i]!;
        const to = closes[(t + 1) * n + i]!;
        if (!(from > 0 && from < Infinity && to > 0 && to < Infinity)) continue;
        values[i * days + t] = to / from - 1;
        present[i * days + t] = 1;
        counts[i]!++;
      }
    }
  }
  return { n, days, values, present, counts };
}

/** The rows of some of the instruments. */
export function selectRows(table: ReturnTable, rows: readonly number[]): ReturnTable {
  const { days } = table;
  const values = new Float64Array(rows.length * days);
  const present = new Uint8Array(rows.length * days);
  rows.forEach((row, i) => {
    values.set(table.values.subarray(row * days, (row + 1) * days), i * days);
    present.set(table.present.subarray(row * days, (row + 1) * days), i * days);
  });
  return { n: rows.length, days, values, present, counts: Int32Array.from(rows, (row) => table.counts[row]!) };
}

/** The returns from one day to another (exclusive). */
export function selectDays(table: ReturnTable, from: number, to: number): ReturnTable {
  const { n } = table;
  const days = to - from;
  const values = new Float64Array(n * days);
  const present = new Uint8Array(n * days);
  const counts = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    values.set(table.values.subarray(i * table.days + from, i * table.days + to), i * days);
    present.set(table.present.subarray(i * table.days + from, i * table.days + to), i * days);
    for (let t = 0; t < days; t++) counts[i]! += present[i * days + t]!;
  }
  return { n, days, values, present, counts };
}
