import type { BarMatrix } from '../bars.js';

/** Bars in long format, a row a bar, in any order. Names are sorted, and rows refer to them by number. */
export interface BarRows {
  /** ascending, code units */
  readonly instruments: readonly string[];
  /** YYYY-MM-DD, ascending */
  readonly days: readonly string[];
  /** of each row */
  readonly instrument: Int32Array;
  readonly day: Int32Array;
  readonly close: Float64Array;
}

/** The cells of a matrix that have a close, by instrument and day. The order of the matrix's days and instruments leaves no trace. */
export function barRows({ days, instruments, close }: BarMatrix): BarRows {
  const [instrumentNames, instrumentCodes] = coded(instruments, 'instrument');
  const [dayNames, dayCodes] = coded(days, 'day');
  const n = instruments.length;
  const columnOf = inverse(instrumentCodes);
  const rowOf = inverse(dayCodes);
  let count = 0;
  for (let at = 0; at < close.length; at++) if (!Number.isNaN(close[at])) count += 1;
  const instrument = new Int32Array(count);
  const day = new Int32Array(count);
  const closes = new Float64Array(count);
  let row = 0;
  for (let i = 0; i < n; i++) {
    const column = columnOf[i] as number;
    for (let t = 0; t < days.length; t++) {
      const value = close[(rowOf[t] as number) * n + column] as number;
      if (Number.isNaN(value)) continue;
      instrument[row] = i;
      day[row] = t;
      closes[row++] = value;
    }
  }
  return { instruments: instrumentNames, days: dayNames, instrument, day, close: closes };
}

/** where each place came from */
function inverse(places: Int32Array): Int32Array {
  const from = new Int32Array(places.length);
  for (let at = 0; at < places.length; at++) from[places[at] as number] = at;
  return from;
}

/** The names ascending, and the place of each among them. @throws Error where one is there twice */
export function coded(names: readonly string[], what: string): [string[], Int32Array] {
  const sorted = [...names].sort();
  const twice = sorted.find((name, at) => name === sorted[at - 1]);
  if (twice !== undefined) throw new Error(`the ${what} ${twice} is there twice`);
  const place = new Map(sorted.map((name, at) => [name, at]));
  return [sorted, Int32Array.from(names, (name) => place.get(name) as number)];
}
