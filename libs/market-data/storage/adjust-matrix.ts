import type { BarMatrix } from '../bars.js';
import type { AdjustmentFactor } from './adjustments.js';

/**
 * Raw bars in the terms of their last day: what happened on a day scales all days before it; what happens after the last
 * day is not known then. Changes the arrays of the matrix.
 *
 * @param asOf YYYY-MM-DD; adjustments of later days are left out
 */
export function adjustMatrix(
  { days, instruments, close, volume }: BarMatrix,
  factors: readonly AdjustmentFactor[],
  asOf: string,
): void {
  const column = new Map(instruments.map((id, i) => [id, i]));
  const n = instruments.length;
  for (const { instrument_id, day, price_factor, volume_factor } of factors) {
    const i = column.get(instrument_id);
    if (i === undefined || day > asOf) continue;
    for (let t = 0; t < days.length && (days[t] as string) < day; t++) {
      close[t * n + i] = (close[t * n + i] as number) * price_factor;
      volume[t * n + i] = (volume[t * n + i] as number) * volume_factor;
    }
  }
}
