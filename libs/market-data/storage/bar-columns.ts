const DAY_MS = 86_400_000;

/** Bars column by column, as they are written: the first `count` entries of each array. No (instrument, day) is there twice. */
export interface BarColumns {
  readonly count: number;
  /** keys of the store */
  readonly instrument: Int32Array;
  /** days since 1970-01-01 */
  readonly day: Int32Array;
  readonly close: Float64Array;
  /** NaN where it is not known */
  readonly volume: Float64Array;
}

/** Days since 1970-01-01 of a day YYYY-MM-DD; null where there is no such day. */
export function dayNumber(day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const time = Date.parse(`${day}T00:00:00Z`);
  // February 30 is taken for March by some parsers
  return Number.isNaN(time) || new Date(time).getUTCDate() !== Number(day.slice(8)) ? null : time / DAY_MS;
}

export const dayText = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** Ascending. */
export function yearsOf({ count, day }: BarColumns): number[] {
  const days = new Set<number>();
  let previous = NaN;
  for (let i = 0; i < count; i++) {
    const each = day[i] as number;
    if (each !== previous) days.add((previous = each));
  }
  return [...new Set([...days].map((each) => new Date(each * DAY_MS).getUTCFullYear()))].sort((a, b) => a - b);
}
