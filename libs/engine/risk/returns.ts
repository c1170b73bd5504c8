/** Daily closes as the store serves them. */
export interface CloseHistory {
  /** YYYY-MM-DD, one a row, ascending */
  readonly dates: readonly string[];
  readonly instruments: readonly string[];
  /** rows (days) x instruments; null where there was no close */
  readonly closes: readonly (readonly (number | null)[])[];
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
export function returnTable({ instruments, closes }: CloseHistory): ReturnTable {
  const n = instruments.length;
  const days = Math.max(closes.length - 1, 0);
  const values = new Float64Array(n * days);
  const present = new Uint8Array(n * days);
  const counts = new Int32Array(n);
  for (let t = 0; t < days; t++) {
    const before = closes[t]!;
    const after = closes[t + 1]!;
    for (let i = 0; i < n; i++) {
      const [from, to] = [before[i], after[i]];
      if (!isPrice(from) || !isPrice(to)) continue;
      values[i * days + t] = to / from - 1;
      present[i * days + t] = 1;
      counts[i]!++;
    }
  }
  return { n, days, values, present, counts };
}

function isPrice(close: number | null | undefined): close is number {
  return close !== null && close !== undefined && close > 0 && close < Infinity;
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
