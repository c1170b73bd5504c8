import {
  type CoordinationParameters,
  type CoordinationRequest,
  formatTime,
  parseTime,
  resolveParameters,
  type TradingSessions,
} from '#domain';
import { sessionsNeeded } from '#engine';
import { newYorkSessions, type OpenHours } from './new-york.js';

/** Calendars that the service knows: the New York Stock Exchange, and markets that never close. */
export const CALENDARS = ['XNYS', 'CONTINUOUS'] as const;
export type CalendarName = (typeof CALENDARS)[number];
export const DEFAULT_CALENDAR: CalendarName = 'XNYS';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const ORDINARY_MINUTES: Readonly<Record<CalendarName, number>> = { XNYS: 390, CONTINUOUS: 1440 };

/**
 * The sessions that the plans of a request may come to use; undefined where it brings its own.
 *
 * @param stored parameters of the configuration that it names
 * @param asOf RFC 3339
 * @param fallback the calendar where the request names none
 */
export function sessionsOfRequest(
  { market_data: market, coordination_parameters: requested }: CoordinationRequest,
  stored: CoordinationParameters | undefined,
  asOf: string,
  fallback: CalendarName,
): TradingSessions | undefined {
  if (market?.sessions !== undefined) return undefined;
  const { executionDays } = resolveParameters(requested, stored);
  return tradingSessions(market?.calendar ?? fallback, parseTime(asOf), sessionsNeeded(executionDays));
}

/**
 * The next sessions of a calendar, the one that is under way first.
 *
 * @param asOf epoch milliseconds
 * @param count how many
 */
export function tradingSessions(calendar: CalendarName, asOf: number, count: number): TradingSessions {
  const hours = calendar === 'XNYS' ? nextInNewYork(asOf, count) : continuous(asOf, count);
  return {
    calendar,
    ordinary_minutes: ORDINARY_MINUTES[calendar],
    sessions: hours.map(({ openAt, closeAt }) => ({ open_at: formatTime(openAt), close_at: formatTime(closeAt) })),
  };
}

/** When days of bars close, epoch milliseconds; a day that the calendar does not know at 21:00 UTC. @param days YYYY-MM-DD */
export function closingTimes(calendar: CalendarName, days: readonly string[]): number[] {
  if (calendar === 'CONTINUOUS') return days.map((day) => Date.parse(`${day}T00:00:00Z`) + DAY_MS);
  const known = new Map<string, number>();
  for (const year of new Set(days.map((day) => Number(day.slice(0, 4))))) {
    for (const { closeAt } of newYorkSessions(year)) known.set(new Date(closeAt).toISOString().slice(0, 10), closeAt);
  }
  return days.map((day) => known.get(day) ?? Date.parse(`${day}T21:00:00Z`));
}

function nextInNewYork(asOf: number, count: number): OpenHours[] {
  const next: OpenHours[] = [];
  for (let year = new Date(asOf).getUTCFullYear(); next.length < count; year += 1) {
    for (const session of newYorkSessions(year)) {
      if (session.closeAt > asOf && next.length < count) next.push(session);
    }
  }
  return next;
}

/** Days of 24 hours from now on. */
function continuous(asOf: number, count: number): OpenHours[] {
  const openOf = (day: number): number => Math.floor(asOf / MINUTE_MS) * MINUTE_MS + day * DAY_MS;
  return Array.from({ length: count }, (_, day) => ({ openAt: openOf(day), closeAt: openOf(day + 1) }));
}
