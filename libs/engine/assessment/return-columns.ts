import type { ReturnHistory } from '../input.js';

/** A history by instrument: the returns of one stand together, so that a portfolio reads only what it holds. */
export interface ReturnColumns {
  /** place of each instrument's column */
  readonly column: ReadonlyMap<string, number>;
  readonly days: number;
  /** column-major, instruments x days; NaN where missing */
  readonly values: Float64Array;
}

/**
 * The history of a market model is one object for as long as the model is current, and the arrangement depends on it
 * alone: kept with it, it is made once and not for every coordination.
 */
const known = new WeakMap<ReturnHistory, ReturnColumns>();

export function returnColumns(history: ReturnHistory): ReturnColumns {
  const kept = known.get(history);
  if (kept !== undefined) return kept;
  const made = arranged(history);
  known.set(history, made);
  return made;
}

function arranged({ dates, instruments, values }: ReturnHistory): ReturnColumns {
  const days = dates.length;
  const columns = new Float64Array(instruments.length * days);
  for (let t = 0; t < days; t++) {
    const row = values[t]!;
    for (let c = 0; c < instruments.length; c++) columns[c * days + t] = row[c] ?? NaN;
  }
  return { column: new Map(instruments.map((id, c) => [id, c])), days, values: columns };
}
