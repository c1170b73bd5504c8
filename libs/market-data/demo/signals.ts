import type { TradingSignal } from '#domain';
import { type Opinion, standardised, strongestOpinions } from '../opinions.js';
import type { DemoMarket } from './market.js';
import { DEMO_SEED } from './market.js';
import { Random } from './random.js';

/** A source of signals and how much it truly knows: its skill is planted, so that learning can be checked against it. */
export interface DemoSource {
  readonly source: string;
  /** correlation of its scores with the return over its horizon that the factors do not explain */
  readonly informationCoefficient: number;
  /** trading days */
  readonly horizonDays: number;
  /** how many signals it sends on a day */
  readonly signals: number;
  /** confidence that it claims, on average: not always deserved */
  readonly claimedConfidence: number;
  /** the source whose scores it repeats with a little noise of its own */
  readonly copyOf?: string;
}

export const DEMO_SOURCES: readonly DemoSource[] = [
  { source: 'analyst_revisions', informationCoefficient: 0.08, horizonDays: 10, signals: 20, claimedConfidence: 0.65 },
  { source: 'momentum', informationCoefficient: 0.05, horizonDays: 10, signals: 20, claimedConfidence: 0.6 },
  { source: 'short_reversal', informationCoefficient: 0.06, horizonDays: 3, signals: 16, claimedConfidence: 0.55 },
  { source: 'news_sentiment', informationCoefficient: 0.03, horizonDays: 5, signals: 16, claimedConfidence: 0.7 },
  {
    source: 'revisions_digest',
    informationCoefficient: 0.08,
    horizonDays: 10,
    signals: 14,
    claimedConfidence: 0.7,
    copyOf: 'analyst_revisions',
  },
  { source: 'chart_patterns', informationCoefficient: 0, horizonDays: 5, signals: 14, claimedConfidence: 0.8 },
];

/** how closely a copy follows its original */
const COPY_CORRELATION = 0.92;
/** share of a source's signals that say nothing is to be done */
const HOLD_SHARE = 0.05;

/**
 * The hundred signals of one day, as of its close: every source scores all instruments and sends its strongest opinions,
 * bearish ones mostly on what the book holds. Among them are the blemishes that real feeds have: a repeated signal, one
 * that has expired, one nobody believes in, one on an instrument without a price.
 *
 * @param day index into `market.bars.days`
 * @param held instruments of the book
 */
export function demoSignals(
  market: DemoMarket,
  day: number,
  held: ReadonlySet<string>,
  seed = DEMO_SEED,
): TradingSignal[] {
  const isHeld = market.bars.instruments.map((id) => held.has(id));
  const scores = new Map<string, readonly number[]>();
  for (const [index, source] of DEMO_SOURCES.entries()) {
    scores.set(source.source, scoresOf(market, day, source, new Random(seed + day, 100 + index), scores));
  }
  const signals = DEMO_SOURCES.flatMap((source, index) =>
    strongestOpinions(scores.get(source.source) as readonly number[], isHeld, source.signals).map((opinion, rank) =>
      signalFrom(market, day, source, opinion, rank, new Random(seed + day, 1000 + 100 * index + rank)),
    ),
  );
  return blemished(signals, market.bars.days[day] as string);
}

/** score = IC * z(specific return ahead) + sqrt(1 - IC^2) * noise, so that its correlation with the outcome is the IC. */
function scoresOf(
  market: DemoMarket,
  day: number,
  source: DemoSource,
  random: Random,
  earlier: ReadonlyMap<string, readonly number[]>,
): number[] {
  const original = source.copyOf === undefined ? undefined : earlier.get(source.copyOf);
  if (original) {
    const noise = Math.sqrt(1 - COPY_CORRELATION * COPY_CORRELATION);
    return original.map((score) => COPY_CORRELATION * score + noise * random.normal());
  }
  const ic = source.informationCoefficient;
  const noise = Math.sqrt(1 - ic * ic);
  return standardised(returnsAhead(market, day, source.horizonDays)).map((z) => ic * z + noise * random.normal());
}

/** Return from the close of `day` over the next `horizon` days, less the mean of its sector. */
function returnsAhead(market: DemoMarket, day: number, horizon: number): number[] {
  const n = market.instruments.length;
  const days = market.bars.days.length;
  const closeOn = (t: number, i: number): number =>
    (t < days ? market.bars.close[t * n + i] : market.ahead.close[(t - days) * n + i]) as number;
  const raw = market.instruments.map((_, i) => closeOn(day + horizon, i) / closeOn(day, i) - 1);
  const sums = new Map<string, { total: number; count: number }>();
  for (const [i, { sector = '' }] of market.instruments.entries()) {
    const sum = sums.get(sector) ?? { total: 0, count: 0 };
    sums.set(sector, { total: sum.total + (raw[i] as number), count: sum.count + 1 });
  }
  return raw.map((value, i) => {
    const sum = sums.get(market.instruments[i]?.sector ?? '') as { total: number; count: number };
    return value - sum.total / sum.count;
  });
}

function signalFrom(
  market: DemoMarket,
  day: number,
  source: DemoSource,
  opinion: Opinion,
  rank: number,
  random: Random,
): TradingSignal {
  const action = random.uniform() < HOLD_SHARE ? 'HOLD' : opinion.score > 0 ? 'BUY' : 'SELL';
  const closeTime = Date.parse(`${market.bars.days[day] as string}T20:00:00.000Z`);
  const ageMinutes = random.integer(8 * 60);
  return {
    signal_id: `${source.source}-${String(rank + 1).padStart(3, '0')}`,
    source: source.source,
    instrument_id: market.bars.instruments[opinion.instrument] as string,
    action,
    strength: rounded(Math.min(1, Math.abs(opinion.score) / 3)),
    confidence: rounded(Math.max(0.2, Math.min(0.95, source.claimedConfidence + 0.1 * random.normal()))),
    generated_at: new Date(closeTime - ageMinutes * 60_000).toISOString(),
    horizon_days: source.horizonDays,
  };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

/** Spoils the last signals of four sources in the four usual ways. */
function blemished(signals: TradingSignal[], day: string): TradingSignal[] {
  const lastOf = (source: string): number => signals.map((signal) => signal.source).lastIndexOf(source);
  const replace = (source: string, change: (signal: TradingSignal) => TradingSignal): void => {
    const index = lastOf(source);
    signals[index] = change(signals[index] as TradingSignal);
  };
  const repeated = signals.find((signal) => signal.source === 'news_sentiment') as TradingSignal;
  replace('news_sentiment', () => ({ ...repeated }));
  replace('short_reversal', (signal) => ({
    ...signal,
    expires_at: `${day}T14:00:00.000Z`,
    generated_at: `${day}T13:31:00.000Z`,
  }));
  replace('chart_patterns', (signal) => ({ ...signal, confidence: 0.06 }));
  replace('momentum', (signal) => ({ ...signal, instrument_id: 'NEWCO', action: 'BUY' }));
  return signals;
}
