import type { MarketInstrument } from '#domain';
import type { BarMatrix, Instrument } from './bars.js';

/** trading days over which usual volume is measured */
const ADV_DAYS = 60;
/** half of a one-cent tick: what a liquid instrument's spread comes down to */
const HALF_TICK = 0.005;
const HALF_SPREAD_FLOOR = 0.0001;

/**
 * What the bars say of each instrument that has a close on the last day: that close; the average daily volume, as the
 * median of the last 60 days with volume, because a mean follows the few days of index changes and earnings; and, where
 * the instrument's facts have none, a half spread of half a cent, at least one basis point.
 *
 * @param volatility daily, by index of the instrument in the matrix
 */
export function marketFacts(
  bars: BarMatrix,
  facts: ReadonlyMap<string, Instrument>,
  volatility: (instrument: number) => number | undefined,
): MarketInstrument[] {
  const n = bars.instruments.length;
  const last = bars.days.length - 1;
  return bars.instruments.flatMap((id, i) => {
    const price = bars.close[last * n + i] as number;
    if (Number.isNaN(price)) return [];
    const { sector, lot_size, half_spread = Math.max(HALF_SPREAD_FLOOR, HALF_TICK / price) } = facts.get(id) ?? {};
    const sigma = volatility(i);
    const adv = usualVolume(bars, i);
    return [
      {
        instrument_id: id,
        price,
        ...(sector === undefined ? {} : { sector }),
        ...(sigma === undefined ? {} : { volatility: sigma }),
        ...(adv === null ? {} : { adv }),
        half_spread,
        ...(lot_size === undefined ? {} : { lot_size }),
      },
    ];
  });
}

/** Shares a day; null without any volume in the last 60 days. */
export function usualVolume(bars: BarMatrix, instrument: number): number | null {
  const n = bars.instruments.length;
  const volumes: number[] = [];
  for (let t = Math.max(0, bars.days.length - ADV_DAYS); t < bars.days.length; t++) {
    const volume = bars.volume[t * n + instrument] as number;
    if (!Number.isNaN(volume)) volumes.push(volume);
  }
  if (volumes.length === 0) return null;
  volumes.sort((a, b) => a - b);
  const middle = volumes.length >> 1;
  const upper = volumes[middle] as number;
  return volumes.length % 2 === 1 ? upper : ((volumes[middle - 1] as number) + upper) / 2;
}
