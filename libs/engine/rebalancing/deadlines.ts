const DAY_MS = 86_400_000;
/** Day 0 of the epoch was a Thursday: three days after a Monday. */
const MONDAY_OFFSET = 3;
const WEEK_DAYS = 7;
const TRADING_DAYS = 5;

/** A request counts for more from this many trading days before its deadline on: a month. */
const URGENT_DAYS = 20;

/** Weekdays of all days up to and with a day of the epoch. */
function weekdaysUpTo(day: number): number {
  const since = day + MONDAY_OFFSET;
  const weeks = Math.floor(since / WEEK_DAYS);
  return TRADING_DAYS * weeks + Math.min(since - WEEK_DAYS * weeks + 1, TRADING_DAYS);
}

const dayOf = (time: number): number => Math.floor(time / DAY_MS);

/** Weekdays after the day of `from`, up to and with the day of `to`, in UTC; negative where `to` lies before. Times are epoch milliseconds. */
export function tradingDaysUntil(from: number, to: number): number {
  return weekdaysUpTo(dayOf(to)) - weekdaysUpTo(dayOf(from));
}

/** The same time of day on the n-th weekday after, n >= 1. */
export function tradingDaysLater(from: number, n: number): number {
  let [time, left] = [from, n];
  while (left > 0) {
    time += DAY_MS;
    if (tradingDaysUntil(time - DAY_MS, time) > 0) left -= 1;
  }
  return time;
}

/** The same time of day, n weekdays before; `to` itself for n = 0. */
export function tradingDaysBefore(to: number, n: number): number {
  let time = to;
  while (tradingDaysUntil(time, to) < n) time -= DAY_MS;
  return time;
}

/** Whether no trading day is left for a later coordination: what is ordered now has until the deadline, and no more. */
export function isDue(deadline: number | undefined, asOf: number, executionDays: number): boolean {
  return deadline !== undefined && tradingDaysUntil(asOf, deadline) < executionDays;
}

/**
 * How many times its base weight a request counts: 20 over the trading days left, from 1 to 20. What is left of a trade that
 * must be finished by T costs eta x^2 / (T - t) in temporary impact when it is traded evenly, so that the pull toward a
 * target grows as one over the time left and becomes a limit at the deadline (Almgren and Chriss 2000, section 2, without
 * risk aversion).
 */
export function urgency(deadline: number | undefined, asOf: number): number {
  if (deadline === undefined) return 1;
  return URGENT_DAYS / Math.min(URGENT_DAYS, Math.max(1, tradingDaysUntil(asOf, deadline)));
}

/** The trading days before its deadline at which a request counts a number of times; 0 where it never counts as much. */
export const daysAtUrgency = (times: number): number => Math.floor(URGENT_DAYS / times);
