import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MarketData } from '#domain';
import {
  type BarMatrix,
  buildMarketModel,
  demoMarket,
  type Instrument,
  readInstruments,
  readWideBars,
  selectInstruments,
  sliceDays,
} from '#market-data';

const HELD = 80;
/** trading days: two years, and a month */
const DAYS = 504;
export const MONTH = 21;
const QUARTER = 63;
/** of closes that the risk model of a day is built from, at most */
const MODEL_DAYS = 504;
/** of the portfolio; the rest is equally weighted */
const CASH = 0.02;

/** Closes, a target portfolio and the days on which it is looked at. */
export interface RebalanceWorld {
  readonly origin: string;
  readonly bars: BarMatrix;
  /** indices of days: the start, then every month */
  readonly days: readonly number[];
  /** weights by instrument; together less than 1 */
  readonly targets: ReadonlyMap<string, number>;
  /** what was known at the close of a day */
  marketOf(day: number): MarketData;
  close(day: number, instrument: string): number;
}

/** The eighty most traded instruments of the real closes, equally weighted, over their last two years; without the folder those of the demonstration. */
export async function rebalanceWorld(): Promise<RebalanceWorld> {
  const folder = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'data');
  const file = (name: string): string => join(folder, name);
  if (!existsSync(file('prices.csv.gz'))) {
    const { bars, instruments } = demoMarket();
    return worldOf('the demonstration market', bars, instruments);
  }
  const bars = await readWideBars(file('prices.csv.gz'), file('volumes.csv.gz'));
  return worldOf('real closes', bars, await readInstruments(file('sectors.csv')));
}

export function worldOf(origin: string, all: BarMatrix, instruments: readonly Instrument[]): RebalanceWorld {
  const start = all.days.length - 1 - DAYS;
  const bars = selectInstruments(all, mostTraded(all, start));
  const column = new Map(bars.instruments.map((id, i) => [id, i]));
  const weight = (1 - CASH) / bars.instruments.length;
  return {
    origin,
    bars,
    days: Array.from({ length: DAYS / MONTH }, (_, month) => start + month * MONTH),
    targets: new Map(bars.instruments.map((id) => [id, weight])),
    marketOf: (day) => {
      const known = sliceDays(bars, Math.max(0, day + 1 - MODEL_DAYS), day + 1);
      const model = buildMarketModel(known, instruments);
      const facts = model.instruments.map(({ price_as_of: _, ...instrument }) => instrument);
      return { instruments: facts, factor_model: model.factor_model };
    },
    close: (day, instrument) => bars.close[day * bars.instruments.length + column.get(instrument)!]!,
  };
}

/** With a close on every day of the model and after; of these the most traded by money in the quarter up to the start. */
function mostTraded(bars: BarMatrix, start: number): string[] {
  const n = bars.instruments.length;
  const complete = bars.instruments
    .map((_, i) => i)
    .filter((i) => bars.days.every((__, day) => !Number.isNaN(bars.close[day * n + i])));
  const traded = (i: number): number => {
    let money = 0;
    for (let day = start - QUARTER; day <= start; day += 1) {
      money += bars.close[day * n + i]! * (bars.volume[day * n + i]! || 0);
    }
    return money;
  };
  return complete
    .sort((a, b) => traded(b) - traded(a) || a - b)
    .slice(0, HELD)
    .map((i) => bars.instruments[i]!)
    .sort();
}
