import type { CoordinationParameters, PortfolioState, TradingSignal } from '#domain';
import { type BarMatrix, sliceDays } from '../bars.js';
import { DEMO_SEED, type DemoMarket } from './market.js';
import { demoPortfolio } from './portfolio.js';
import { demoSignals } from './signals.js';

/** Trading days of the demonstration's market: two calm weeks, eight stressed ones, and the recovery. */
export const PLAYGROUND_DAYS_MAX = 70;
const FIRST_DAY = 606;

/** A season of the demonstration's market, day by day: what a desk that had used the service then would have asked. */
export interface Playground {
  /** the book as it was before the first day; drifted, see `demoPortfolio` */
  readonly portfolio: PortfolioState;
  readonly parameters: CoordinationParameters;
  readonly days: readonly PlaygroundDay[];
}

export interface PlaygroundDay {
  /** YYYY-MM-DD */
  readonly day: string;
  /** its close */
  readonly as_of: string;
  /** what was known then */
  readonly bars: BarMatrix;
  readonly signals: readonly TradingSignal[];
  /** closes of the day and of the next one, by instrument: between them its orders fill */
  readonly closes: ReadonlyMap<string, readonly [today: number, next: number]>;
}

/**
 * Worth exploring in it: a winner that has grown past its limit, a source that repeats another one's opinions
 * (`revisions_digest`), one that knows nothing and is sure of it (`chart_patterns`), and weeks of stress in which limits bind that did
 * not before. Deterministic in the seed.
 *
 * @param days 1 to 70
 */
export function playground(market: DemoMarket, days: number, seed = DEMO_SEED): Playground {
  const before = { ...market, bars: sliceDays(market.bars, 0, FIRST_DAY + 1) };
  const portfolio = { ...demoPortfolio(before, seed), portfolio_id: 'playground' };
  const held = new Set(portfolio.positions.map(({ instrument_id }) => instrument_id));
  return {
    portfolio,
    parameters: { coordination_mode: 'BALANCED', max_position_size: 0.04, min_trade_notional: 20_000 },
    days: Array.from({ length: days }, (_, n) => dayOf(market, FIRST_DAY + n, held, seed)),
  };
}

function dayOf(market: DemoMarket, index: number, held: ReadonlySet<string>, seed: number): PlaygroundDay {
  const { days, instruments, close } = market.bars;
  const day = days[index] as string;
  const closeOn = (t: number, i: number): number => close[t * instruments.length + i] as number;
  return {
    day,
    as_of: `${day}T20:00:00.000Z`,
    bars: sliceDays(market.bars, 0, index + 1),
    // a source's feed numbers its signals anew every day
    signals: demoSignals(market, index, held, seed).map((signal) => ({
      ...signal,
      signal_id: `${day}/${signal.signal_id}`,
    })),
    closes: new Map(instruments.map((id, i) => [id, [closeOn(index, i), closeOn(index + 1, i)]])),
  };
}
