import type { Outlier, PreparationReport, StaleRun } from '#domain';
import type { BarMatrix } from '../bars.js';
import { barRows, type BarRows, coded } from './bar-rows.js';
import { tradingDays } from './calendar.js';
import type { PreparedBars } from './prepared-bars.js';
import { MARK, type MarkedBars, type Preparer } from './preparer.js';

/** trading days after its last price for which an instrument stays in the model: somebody may hold it still */
const KEPT_DAYS = 252;
/** with fewer the risk model has no estimate of its own */
const MIN_RETURNS = 60;
/** entries of each list of the report */
const LISTED_MAX = 200;

const REASONS: Readonly<Record<number, Outlier['reason']>> = {
  [MARK.spike]: 'SPIKE',
  [MARK.levelShift]: 'LEVEL_SHIFT',
  [MARK.unconfirmed]: 'UNCONFIRMED',
};

/**
 * Aligns bars on the days of trading, and takes out closes that are no prices: spikes, shifts beyond belief, stale ones. The order in
 * which days and instruments come leaves no trace; every `preparer` gives the same result but for its name.
 *
 * @throws Error where a day or an instrument is there twice
 */
export function prepareBars(bars: BarMatrix, preparer: Preparer): PreparedBars {
  const rows = barRows(bars);
  const counts = preparer.countByDay(rows);
  const isTradingDay = tradingDays(counts);
  const marked = preparer.markBars(rows, isTradingDay);
  const calendar = new Calendar(rows, isTradingDay);
  const kept = keptInstruments(rows, marked, calendar);
  const matrices = spread(bars, rows, marked, calendar, kept);
  const runs = staleRuns(rows, marked);
  const returns = returnsOf(marked, calendar, kept);
  const shortHistory = kept.names.filter((_, i) => (returns[i] as number) < MIN_RETURNS);
  const untrusted = outliers(rows, marked);
  return {
    days: calendar.days,
    instruments: kept.names,
    ...matrices,
    report: {
      prepared_by: preparer.name,
      first_day: calendar.days[0] ?? null,
      last_day: calendar.days.at(-1) ?? null,
      counts: {
        bars: rows.close.length,
        invalid: rows.close.length - counts.reduce((total, count) => total + count, 0),
        instruments: kept.names.length,
        trading_days: calendar.days.length,
        missing: missingDays(marked, calendar),
        outliers: untrusted.length,
        stale_runs: runs.length,
      },
      non_trading_days: rows.days
        .flatMap((day, code) => (isTradingDay[code] === 0 ? [{ day, bars: counts[code] as number }] : []))
        .slice(0, LISTED_MAX),
      outliers: untrusted.slice(0, LISTED_MAX),
      stale_runs: runs.slice(0, LISTED_MAX),
      short_history: shortHistory.slice(0, LISTED_MAX),
      not_current: kept.names
        .flatMap((instrument_id, i) => {
          const day = matrices.priceDay[i] as number;
          return day === calendar.days.length - 1 ? [] : [{ instrument_id, price_day: calendar.days[day] as string }];
        })
        .slice(0, LISTED_MAX),
      dropped: kept.dropped.slice(0, LISTED_MAX),
    },
  };
}

/** The trading days among the days of the rows. */
class Calendar {
  readonly days: readonly string[];
  /** index among the trading days, by day of the rows; -1 for another day */
  readonly indexOf: Int32Array;

  constructor({ days }: BarRows, isTradingDay: Uint8Array) {
    this.days = days.filter((_, code) => isTradingDay[code] === 1);
    let next = 0;
    this.indexOf = Int32Array.from(isTradingDay, (open) => (open === 1 ? next++ : -1));
  }
}

interface KeptInstruments {
  readonly names: readonly string[];
  /** column by code of the rows; -1 for one that is dropped */
  readonly columnOf: Int32Array;
  readonly dropped: PreparationReport['dropped'];
}

/** Those with a price within a year of the last day. */
function keptInstruments(rows: BarRows, marked: MarkedBars, calendar: Calendar): KeptInstruments {
  const last = new Int32Array(rows.instruments.length).fill(-1);
  for (let row = 0; row < marked.day.length; row++) {
    last[marked.instrument[row] as number] = calendar.indexOf[marked.day[row] as number] as number;
  }
  const oldest = calendar.days.length - 1 - KEPT_DAYS;
  const names: string[] = [];
  const dropped: { instrument_id: string; last_day: string | null }[] = [];
  const columnOf = last.map((day, code) => {
    const instrument_id = rows.instruments[code] as string;
    if (day >= 0 && day >= oldest) return names.push(instrument_id) - 1;
    dropped.push({ instrument_id, last_day: calendar.days[day] ?? null });
    return -1;
  });
  return { names, columnOf, dropped };
}

/** The rows as matrices again. */
function spread(
  bars: BarMatrix,
  rows: BarRows,
  marked: MarkedBars,
  calendar: Calendar,
  { names, columnOf }: KeptInstruments,
): Pick<PreparedBars, 'close' | 'volume' | 'price' | 'priceDay'> {
  const n = names.length;
  const close = new Float64Array(calendar.days.length * n).fill(NaN);
  const price = new Float64Array(n);
  const priceDay = new Int32Array(n);
  for (let row = 0; row < marked.close.length; row++) {
    const column = columnOf[marked.instrument[row] as number] as number;
    if (column < 0) continue;
    const t = calendar.indexOf[marked.day[row] as number] as number;
    const mark = marked.mark[row] as number;
    if (mark === MARK.none) close[t * n + column] = marked.close[row] as number;
    // a stale close is a price still, and so is one after a shift; rows of an instrument ascend by day
    if (mark === MARK.spike || mark === MARK.unconfirmed) continue;
    price[column] = marked.close[row] as number;
    priceDay[column] = t;
  }
  return { close, volume: spreadVolume(bars, rows, calendar, names, columnOf), price, priceDay };
}

function spreadVolume(
  bars: BarMatrix,
  rows: BarRows,
  calendar: Calendar,
  names: readonly string[],
  columnOf: Int32Array,
): Float64Array {
  const n = names.length;
  const width = bars.instruments.length;
  const volume = new Float64Array(calendar.days.length * n).fill(NaN);
  const dayCode = coded(bars.days, 'day')[1];
  const column = coded(bars.instruments, 'instrument')[1].map((code) => columnOf[code] as number);
  for (let day = 0; day < rows.days.length; day++) {
    const t = calendar.indexOf[dayCode[day] as number] as number;
    if (t < 0) continue;
    for (let i = 0; i < width; i++) {
      const to = column[i] as number;
      if (to >= 0) volume[t * n + to] = bars.volume[day * width + i] as number;
    }
  }
  return volume;
}

/** by column: pairs of trusted closes on one trading day and the next */
function returnsOf(marked: MarkedBars, { indexOf }: Calendar, { names, columnOf }: KeptInstruments): Int32Array {
  const { instrument, day, mark } = marked;
  const counts = new Int32Array(names.length);
  for (let row = 1; row < mark.length; row++) {
    if (mark[row] !== MARK.none || mark[row - 1] !== MARK.none || instrument[row] !== instrument[row - 1]) continue;
    if ((indexOf[day[row] as number] as number) - (indexOf[day[row - 1] as number] as number) !== 1) continue;
    const column = columnOf[instrument[row] as number] as number;
    if (column >= 0) counts[column]! += 1;
  }
  return counts;
}

/** between the first and the last price of each instrument */
function missingDays({ instrument, day }: MarkedBars, { indexOf }: Calendar): number {
  let missing = 0;
  for (let row = 1; row < instrument.length; row++) {
    if (instrument[row] !== instrument[row - 1]) continue;
    missing += (indexOf[day[row] as number] as number) - (indexOf[day[row - 1] as number] as number) - 1;
  }
  return missing;
}

function outliers(rows: BarRows, { instrument, day, close, mark }: MarkedBars): Outlier[] {
  const found: Outlier[] = [];
  for (let row = 0; row < mark.length; row++) {
    if (mark[row] === MARK.none) continue;
    const reason = REASONS[mark[row] as number];
    if (reason === undefined) continue;
    found.push({
      instrument_id: rows.instruments[instrument[row] as number] as string,
      day: rows.days[day[row] as number] as string,
      value: close[row] as number,
      previous: close[row - 1] as number,
      reason,
    });
  }
  return found;
}

function staleRuns(rows: BarRows, { instrument, day, mark }: MarkedBars): StaleRun[] {
  const runs: StaleRun[] = [];
  for (let row = 0; row < mark.length; row++) {
    if (mark[row] !== MARK.stale) continue;
    let end = row;
    while (mark[end + 1] === MARK.stale && instrument[end + 1] === instrument[row]) end += 1;
    runs.push({
      instrument_id: rows.instruments[instrument[row] as number] as string,
      first_day: rows.days[day[row] as number] as string,
      last_day: rows.days[day[end] as number] as string,
      days: end - row + 1,
    });
    row = end;
  }
  return runs;
}
