import type { ReturnHistory } from '../input.js';
import type { HistoricalRisk } from './portfolio-assessment.js';
import { returnColumns } from './return-columns.js';

interface Day {
  readonly date: string;
  readonly return: number;
}

const TAIL = 0.05;
const WORST_SHOWN = 5;
const WEEK_DAYS = 5;
/** fewer days than this have no 5 % quantile to speak of */
const MIN_DAYS = 60;
/** a day counts where this share of the gross weight has a return */
const MIN_COVERAGE = 0.9;
/** 0.05 T that is whole but for rounding is whole, and 90 % but for rounding is 90 % */
const ROUNDING = 1e-9;

/**
 * Historical simulation: the returns that fixed weights would have had on each past day. On a day on which part of the
 * portfolio has no return, the rest stands for it in proportion; a day with less than 90 % of the gross weight is left out.
 * With m = ceil(0.05 T), VaR is the m-th worst of T days (no interpolation), and CVaR the mean of the worst 0.05 T of them, the
 * m-th counting for the fraction of a day that is left of it (Rockafellar and Uryasev 2002, equation 5 for a sample), so
 * that CVaR >= VaR. Undefined with fewer than 60 usable days or no position.
 *
 * @param ids instruments of the weights, length n
 * @param w weights, fractions of NAV
 */
export function historicalRisk(
  history: ReturnHistory,
  ids: readonly string[],
  w: ArrayLike<number>,
): HistoricalRisk | undefined {
  const days = simulatedDays(history, ids, w);
  if (days.length < MIN_DAYS) return undefined;
  const worst = [...days].sort((a, b) => a.return - b.return || (a.date < b.date ? -1 : 1));
  const tail = TAIL * days.length;
  const whole = Math.ceil(tail - ROUNDING) - 1;
  const quantile = worst[whole]!.return;
  let lost = (whole - tail) * quantile;
  for (let d = 0; d < whole; d++) lost -= worst[d]!.return;
  return {
    var95: -quantile,
    cvar95: lost / tail,
    worstDays: worst.slice(0, WORST_SHOWN),
    worstWeek: worstRun(days),
    days: days.length,
    daysLeftOut: history.dates.length - days.length,
  };
}

function simulatedDays(history: ReturnHistory, ids: readonly string[], w: ArrayLike<number>): Day[] {
  const { column, days, values } = returnColumns(history);
  const totals = new Float64Array(days);
  const covered = new Float64Array(days);
  let gross = 0;
  for (let i = 0; i < ids.length; i++) {
    const weight = w[i]!;
    if (weight === 0) continue;
    const size = Math.abs(weight);
    gross += size;
    const c = column.get(ids[i]!);
    if (c === undefined) continue;
    for (let t = 0; t < days; t++) {
      const value = values[c * days + t]!;
      if (Number.isNaN(value)) continue;
      totals[t]! += weight * value;
      covered[t]! += size;
    }
  }
  const simulated: Day[] = [];
  if (gross === 0) return simulated;
  for (let t = 0; t < days; t++) {
    if (covered[t]! < (MIN_COVERAGE - ROUNDING) * gross) continue;
    simulated.push({ date: history.dates[t]!, return: totals[t]! * (gross / covered[t]!) });
  }
  return simulated;
}

function worstRun(days: readonly Day[]): HistoricalRisk['worstWeek'] {
  let worst = { from: '', to: '', return: Infinity };
  for (let last = WEEK_DAYS - 1; last < days.length; last++) {
    let growth = 1;
    for (let d = last - WEEK_DAYS + 1; d <= last; d++) growth *= 1 + days[d]!.return;
    if (growth - 1 < worst.return) {
      worst = { from: days[last - WEEK_DAYS + 1]!.date, to: days[last]!.date, return: growth - 1 };
    }
  }
  return worst;
}
