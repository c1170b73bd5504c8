import type { Evidence } from '../explain/index.js';
import { daysAtUrgency, tradingDaysBefore, tradingDaysLater, urgency } from './deadlines.js';

/** When to do what is left, and what it waits for. */
export interface BestTime {
  /** epoch milliseconds; absent where it depends on no date */
  readonly at?: number;
  readonly waitsFor: 'NEXT_COORDINATION' | 'DEADLINE' | 'LONG_TERM_RATE' | 'LIMIT' | 'DRIFT';
}

/** What is left of one instrument. */
interface Rest {
  readonly instrument: number;
  readonly side: 1 | -1;
  readonly why: string;
}

const DAY_MS = 86_400_000;
/** A lot is long-term from this many days after it was bought. */
const LONG_TERM_FROM_DAYS = 366;
/** What bounds each coordination by itself: the next one has as much again. */
const EACH_TIME = new Set(['liquidity', 'turnover', 'lot_size', 'hold_all']);

/**
 * The earliest time at which some of the rest is worth trading: the next coordination where volume or turnover stopped it; the
 * day from which the nearing deadline outweighs the cost; the day a lot becomes long-term where tax stopped it. A target
 * that another limit or the signals keep away has none but its deadline, when the limit is all that counts.
 */
export function bestTime(evidence: Evidence, rest: readonly Rest[], deadline: number | undefined): BestTime {
  const times = rest.map((each) => timeOf(evidence, each, deadline));
  return times.reduce((best, time) => ((time.at ?? Infinity) < (best.at ?? Infinity) ? time : best), times[0]!);
}

function timeOf(evidence: Evidence, { instrument: i, side, why }: Rest, deadline: number | undefined): BestTime {
  const { input, parameters } = evidence.mandate;
  const next = tradingDaysLater(input.asOf, Math.max(1, Math.ceil(parameters.executionDays)));
  if (EACH_TIME.has(why)) return { at: next, waitsFor: 'NEXT_COORDINATION' };
  if (why === 'tax') {
    const at = longTermFrom(evidence, i);
    if (at !== null && (deadline === undefined || at <= deadline))
      return { at: Math.max(at, next), waitsFor: 'LONG_TERM_RATE' };
  }
  const outweighed = why === 'cost' || why === 'tax' || why === 'signals' || why === 'risk_of_trade';
  if (deadline === undefined) return { waitsFor: outweighed ? 'DRIFT' : 'LIMIT' };
  const at = outweighed ? tradingDaysBefore(deadline, daysBefore(evidence, i, side)) : deadline;
  return { at: Math.max(at, next), waitsFor: 'DEADLINE' };
}

/** Trading days before the deadline at which the pull has grown enough to pay for the next unit. */
function daysBefore({ mandate, marginals }: Evidence, i: number, side: 1 | -1): number {
  const { total, rebalance } = marginals.breakEven(i, side);
  const missing = total - side * mandate.alpha[i]!;
  const pull = -rebalance;
  if (!(pull > 0)) return 0;
  const now = urgency(mandate.targets[i]!.deadline, mandate.input.asOf);
  return daysAtUrgency(now * (1 + Math.max(0, missing) / pull));
}

/** When the next lot with a gain becomes long-term; null where that changes nothing. */
function longTermFrom({ mandate }: Evidence, i: number): number | null {
  const { universe, input, parameters } = mandate;
  if (parameters.tax.longTermRate >= parameters.tax.shortTermRate) return null;
  const times = universe.taxLots[i]!.filter(({ costBasis }) => costBasis < universe.price[i]!)
    .map(({ acquiredAt }) => acquiredAt + LONG_TERM_FROM_DAYS * DAY_MS)
    .filter((at) => at > input.asOf);
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
}
