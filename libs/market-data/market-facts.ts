import type { ModelInstrument } from '#domain';
import type { BarMatrix, Instrument } from './bars.js';
import type { PreparedBars } from './preparation/prepared-bars.js';

/** trading days over which usual volume is measured */
const ADV_DAYS = 60;
/** half of a one-cent tick: what a liquid instrument's spread comes down to */
const HALF_TICK = 0.005;
const HALF_SPREAD_FLOOR = 0.0001;

/**
 * What the bars say of each instrument: its last price, with the day of it where that is not the last day; the average daily volume, as the
 * median of the last 60 days with volume, because a mean follows the few days of index changes and earnings; and, where
 * the instrument's facts have none, a half spread of half a cent, at least one basis point. Of an instrument without a
 * price on the last day, days without a bar are days without volume: after a month and a half nothing of it can be traded.
 *
 * @param volatility daily, by index of the instrument
 */
export function marketFacts(
  bars: PreparedBars,
  facts: ReadonlyMap<string, Instrument>,
  volatility: ArrayLike<number>,
): ModelInstrument[] {
  return bars.instruments.map((id, i) => {
    const price = bars.price[i] as number;
    const priceDay = bars.priceDay[i] as number;
    const isCurrent = priceDay === bars.days.length - 1;
    const known = facts.get(id);
    const { sector, lot_size, half_spread = Math.max(HALF_SPREAD_FLOOR, HALF_TICK / price) } = known ?? {};
    const adv = known?.adv ?? usualVolume(bars, i, isCurrent ? 'UNKNOWN' : 'NOTHING');
    return {
      instrument_id: id,
      price,
      ...(isCurrent ? {} : { price_as_of: bars.days[priceDay] as string }),
      ...(sector === undefined ? {} : { sector }),
      volatility: volatility[i] as number,
      ...(adv === null ? {} : { adv }),
      half_spread,
      ...(lot_size === undefined ? {} : { lot_size }),
    };
  });
}

/**
 * Shares a day; null without any volume in the last 60 days.
 * @param missing what a day without volume is taken for
 */
export function usualVolume(
  bars: Pick<BarMatrix, 'days' | 'instruments' | 'volume'>,
  instrument: number,
  missing: 'UNKNOWN' | 'NOTHING' = 'UNKNOWN',
): number | null {
  const n = bars.instruments.length;
  const first = Math.max(0, bars.days.length - ADV_DAYS);
  const last = Float64Array.from(
    { length: bars.days.length - first },
    (_, t) => bars.volume[(first + t) * n + instrument] as number,
  );
  const known = last.filter((volume) => !Number.isNaN(volume));
  if (known.length === 0 && (missing === 'UNKNOWN' || last.length < ADV_DAYS)) return null;
  const volumes = (missing === 'UNKNOWN' ? known : last.map((volume) => (Number.isNaN(volume) ? 0 : volume))).sort();
  const middle = volumes.length >> 1;
  const upper = volumes[middle] as number;
  return volumes.length % 2 === 1 ? upper : ((volumes[middle - 1] as number) + upper) / 2;
}
