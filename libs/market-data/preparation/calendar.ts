/** days before and after with which a day is compared */
const NEIGHBOURS = 10;

/**
 * A day on which fewer than half as many instruments have a price as is usual around it (median of 21 days) is no trading day: a holiday on which a
 * vendor sent a few bars, or a day that is still arriving.
 *
 * @param bars instruments with a price, by day
 * @returns 1 for a trading day, else 0
 */
export function tradingDays(bars: Int32Array): Uint8Array {
  return Uint8Array.from(bars, (count, day) => {
    const around = bars.slice(Math.max(0, day - NEIGHBOURS), day + NEIGHBOURS + 1).sort();
    const usual = around[around.length >> 1] as number;
    return count > 0 && 2 * count >= usual ? 1 : 0;
  });
}
