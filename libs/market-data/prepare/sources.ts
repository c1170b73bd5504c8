import type { TradingSignal } from '#domain';
import type { BarMatrix } from '../bars.js';
import { type Opinion, standardised, strongestOpinions } from '../opinions.js';

/** A simple, well-known rule that turns bars into a score for every instrument, from nothing but the days given. */
interface BarSource {
  readonly source: string;
  /** trading days over which its signals are meant */
  readonly horizonDays: number;
  /** row t is the newest; NaN is no opinion */
  score(bars: BarMatrix, instrument: number): number;
}

/** confidence of a score of zero, and what each standard deviation adds up to three */
const BASE_CONFIDENCE = 0.4;
const CONFIDENCE_PER_DEVIATION = 0.12;

/**
 * The rules, in the order in which they send. Momentum: Jegadeesh and Titman (1993), twelve months but the last;
 * reversal: Jegadeesh (1990); low volatility: Ang, Hodrick, Xing and Zhang (2006); high volume: Gervais, Kaniel and
 * Mingelgrin (2001); trend: the distance from the hundred-day average.
 */
const BAR_SOURCES: readonly BarSource[] = [
  { source: 'momentum', horizonDays: 10, score: (bars, i) => returnBetween(bars, i, 252, 21) },
  { source: 'reversal', horizonDays: 3, score: (bars, i) => -returnBetween(bars, i, 5, 0) },
  { source: 'low_volatility', horizonDays: 10, score: (bars, i) => -meanAbsoluteReturn(bars, i, 60) },
  { source: 'volume_surge', horizonDays: 5, score: (bars, i) => volumeSurge(bars, i) },
  { source: 'trend', horizonDays: 10, score: (bars, i) => closeAgo(bars, i, 0) / meanClose(bars, i, 100) - 1 },
];

/**
 * Signals of all rules as of the last day of the bars, `count` in total, each rule an equal share; what a rule has no
 * opinion for (momentum, say, in the first year) the others send. Fewer where the opinions run out.
 *
 * @param bars everything known by then; rules look at nothing else
 * @param asOf RFC 3339; the signals were generated in the hour before
 */
export function signalsFromBars(
  bars: BarMatrix,
  held: ReadonlySet<string>,
  asOf: string,
  count: number,
): TradingSignal[] {
  const isHeld = bars.instruments.map((id) => held.has(id));
  const opinions = BAR_SOURCES.map((source) =>
    strongestOpinions(standardised(bars.instruments.map((_, i) => source.score(bars, i))), isHeld, count),
  );
  const shares = equalShares(
    opinions.map((list) => list.length),
    count,
  );
  return BAR_SOURCES.flatMap((source, rule) =>
    (opinions[rule] as Opinion[])
      .slice(0, shares[rule])
      .map((opinion, rank) => signalFrom(source, opinion, rank, bars, asOf)),
  );
}

/** Deals `count` out one by one in turn, to each at most what it has. */
function equalShares(available: readonly number[], count: number): number[] {
  const shares = available.map(() => 0);
  let left = Math.min(
    count,
    available.reduce((sum, value) => sum + value, 0),
  );
  for (let turn = 0; left > 0; turn = (turn + 1) % available.length) {
    if ((shares[turn] as number) === available[turn]) continue;
    shares[turn] = (shares[turn] as number) + 1;
    left -= 1;
  }
  return shares;
}

function signalFrom(source: BarSource, opinion: Opinion, rank: number, bars: BarMatrix, asOf: string): TradingSignal {
  const size = Math.min(3, Math.abs(opinion.score));
  return {
    signal_id: `${source.source}-${String(rank + 1).padStart(4, '0')}`,
    source: source.source,
    instrument_id: bars.instruments[opinion.instrument] as string,
    action: opinion.score > 0 ? 'BUY' : 'SELL',
    strength: rounded(size / 3),
    confidence: rounded(BASE_CONFIDENCE + CONFIDENCE_PER_DEVIATION * size),
    generated_at: new Date(Date.parse(asOf) - ((rank % 60) + 1) * 60_000).toISOString(),
    horizon_days: source.horizonDays,
  };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

/** NaN where there is no such day or no bar on it. */
function closeAgo(bars: BarMatrix, i: number, days: number): number {
  const t = bars.days.length - 1 - days;
  return t < 0 ? NaN : (bars.close[t * bars.instruments.length + i] as number);
}

function returnBetween(bars: BarMatrix, i: number, fromDaysAgo: number, toDaysAgo: number): number {
  return closeAgo(bars, i, toDaysAgo) / closeAgo(bars, i, fromDaysAgo) - 1;
}

function meanClose(bars: BarMatrix, i: number, days: number): number {
  let sum = 0;
  for (let ago = 0; ago < days; ago++) sum += closeAgo(bars, i, ago);
  return sum / days;
}

function meanAbsoluteReturn(bars: BarMatrix, i: number, days: number): number {
  let sum = 0;
  for (let ago = 0; ago < days; ago++) sum += Math.abs(returnBetween(bars, i, ago + 1, ago));
  return sum / days;
}

/** How far the volume of the last five days is above that of the last sixty, in the direction of the price. */
function volumeSurge(bars: BarMatrix, i: number): number {
  const meanVolume = (days: number): number => {
    let sum = 0;
    for (let ago = 0; ago < days; ago++) {
      const t = bars.days.length - 1 - ago;
      sum += t < 0 ? NaN : (bars.volume[t * bars.instruments.length + i] as number);
    }
    return sum / days;
  };
  const direction = Math.sign(returnBetween(bars, i, 5, 0));
  return direction * Math.max(0, meanVolume(5) / meanVolume(60) - 1);
}
