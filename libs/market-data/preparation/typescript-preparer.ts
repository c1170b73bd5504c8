import type { BarRows } from './bar-rows.js';
import {
  MARK,
  type MarkedBars,
  type Preparer,
  SHIFT_RATIO,
  SPIKE_RATIO,
  SPIKE_RETURN,
  STALE_DAYS,
} from './preparer.js';

/** The preparation without native code, for machines that cannot load it. */
export const typescriptPreparer: Preparer = {
  name: 'typescript',

  countByDay({ days, day, close }: BarRows): Int32Array {
    const counts = new Int32Array(days.length);
    for (let row = 0; row < close.length; row++) {
      if (isPrice(close[row] as number)) counts[day[row] as number]! += 1;
    }
    return counts;
  },

  markBars(rows: BarRows, isTradingDay: Uint8Array): MarkedBars {
    const sorted = sortedBars(rows, isTradingDay);
    const mark = new Uint8Array(sorted.close.length);
    for (let from = 0; from < mark.length;) {
      let end = from + 1;
      while (end < mark.length && sorted.instrument[end] === sorted.instrument[from]) end += 1;
      markStale(sorted.close.subarray(from, end), mark.subarray(from, end));
      markOutliers(sorted.close.subarray(from, end), mark.subarray(from, end));
      from = end;
    }
    return { ...sorted, mark };
  },
};

const isPrice = (value: number): boolean => value > 0 && value < Infinity;

/** Two counting sorts, the more significant key last; none where the rows are in order. */
function sortedBars(
  { instruments, days, instrument, day, close }: BarRows,
  isTradingDay: Uint8Array,
): Omit<MarkedBars, 'mark'> {
  let kept = new Int32Array(close.length);
  let count = 0;
  let inOrder = true;
  for (let row = 0, last = -1; row < close.length; row++) {
    if (isTradingDay[day[row] as number] !== 1 || !isPrice(close[row] as number)) continue;
    const key = (instrument[row] as number) * days.length + (day[row] as number);
    if (key < last) inOrder = false;
    last = key;
    kept[count++] = row;
  }
  kept = kept.subarray(0, count);
  const order = inOrder ? kept : countingSort(countingSort(kept, day, days.length), instrument, instruments.length);
  const sorted = { instrument: new Int32Array(count), day: new Int32Array(count), close: new Float64Array(count) };
  for (let at = 0; at < count; at++) {
    const row = order[at] as number;
    sorted.instrument[at] = instrument[row] as number;
    sorted.day[at] = day[row] as number;
    sorted.close[at] = close[row] as number;
  }
  return sorted;
}

/** Stable. */
function countingSort(rows: Int32Array, key: Int32Array, keys: number): Int32Array {
  const next = new Int32Array(keys + 1);
  for (const row of rows) next[(key[row] as number) + 1]! += 1;
  for (let k = 0; k < keys; k++) next[k + 1]! += next[k] as number;
  const sorted = new Int32Array(rows.length);
  for (const row of rows) sorted[next[key[row] as number]!++] = row;
  return sorted;
}

/** of one instrument */
function markOutliers(close: Float64Array, mark: Uint8Array): void {
  for (let t = 1; t < close.length; t++) {
    const up = (close[t] as number) / (close[t - 1] as number);
    const isLast = t === close.length - 1;
    if (
      !isLast &&
      isSpike(up, (close[t + 1] as number) / (close[t] as number), (close[t + 1] as number) / (close[t - 1] as number))
    ) {
      mark[t] = MARK.spike;
    } else if ((up > SHIFT_RATIO || up < 1 / SHIFT_RATIO) && mark[t - 1] !== MARK.spike) {
      mark[t] = isLast ? MARK.unconfirmed : MARK.levelShift;
    }
  }
}

function isSpike(up: number, down: number, net: number): boolean {
  const thereAndBack = (up > SPIKE_RATIO && down < 1 / SPIKE_RATIO) || (up < 1 / SPIKE_RATIO && down > SPIKE_RATIO);
  return thereAndBack && net > 1 / SPIKE_RETURN && net < SPIKE_RETURN;
}

function markStale(close: Float64Array, mark: Uint8Array): void {
  for (let from = 0; from < close.length;) {
    let end = from + 1;
    while (end < close.length && close[end] === close[from]) end += 1;
    if (end - from > STALE_DAYS) mark.fill(MARK.stale, from + 1, end);
    from = end;
  }
}
