import type { CoordinationInput, TradingCalendar } from '../input.js';
import { RemainingPaths } from './remaining.js';

/**
 * The trading time that plans may use. The engine knows no time zones and no exchanges: the sessions are data of the
 * input; without any a session starts at once and lasts as long as a New York trading day.
 */
export interface Session extends TradingCalendar {
  /** nothing trades before; epoch milliseconds */
  readonly startAt: number;
  /** sessions within which orders should be done; what their volume does not allow runs on into the following ones */
  readonly executionDays: number;
}

/** A part of a session in which an order may trade. */
export interface Slot {
  /** epoch milliseconds */
  readonly startAt: number;
  readonly endAt: number;
  /** where it starts and ends within its own session, 0 at the open and 1 at the close */
  readonly from: number;
  readonly to: number;
  /** length of its session, in ordinary ones */
  readonly session: number;
  /** its own length, in ordinary sessions: the part of a day's variance that falls into it */
  readonly days: number;
}

const SLICE_MS = 30 * 60_000;
/** beyond this many execution days a slice is a whole session */
const SLICED_DAYS_MAX = 10;
const DAY_MS = 86_400_000;
/** 09:30 to 16:00 */
const NEW_YORK_SESSION_MS = 6.5 * 3_600_000;

/** Sessions that a plan over some execution days may come to use: what does not fit into them runs on. */
export function sessionsNeeded(executionDays: number): number {
  return 2 * Math.ceil(executionDays) + 3;
}

export function sessionOf({ asOf, parameters, market }: CoordinationInput): Session {
  const executionDays = Math.max(1, Math.ceil(parameters.executionDays));
  const left = (market.calendar?.sessions ?? []).filter(({ closeAt }) => closeAt > asOf);
  const calendar =
    market.calendar !== undefined && left.length > 0
      ? { ordinaryMs: market.calendar.ordinaryMs, sessions: left }
      : { ordinaryMs: NEW_YORK_SESSION_MS, sessions: [{ openAt: asOf, closeAt: asOf + NEW_YORK_SESSION_MS }] };
  return { ...calendar, startAt: asOf, executionDays };
}

/**
 * A session's slots of half an hour, counted from the open; the first and the last of a
 * session may be shorter. Plans over many days take whole sessions. Beyond the sessions that are known the last one repeats every 24 hours.
 */
export class TradingTime {
  private readonly slots: Slot[] = [];
  private readonly paths = new RemainingPaths((s) => this.slot(s).days);
  private nextSession = 0;
  /** slots that end within the execution days */
  readonly horizon: number;
  /** slots that there are: twice the execution days, and some more for holidays and half days */
  readonly last: number;

  constructor(private readonly session: Session) {
    for (let day = 0; day < session.executionDays; day += 1) this.addSession();
    this.horizon = this.slots.length;
    while (this.nextSession < sessionsNeeded(session.executionDays)) this.addSession();
    this.last = this.slots.length;
  }

  slot(s: number): Slot {
    return this.slots[s]!;
  }

  /** What is left after each slot of a window of an order that trades evenly over time. */
  remaining(first: number, count: number): Float64Array {
    return this.paths.over(first, count);
  }

  private addSession(): void {
    const { sessions, startAt, ordinaryMs, executionDays } = this.session;
    const known = Math.min(this.nextSession, sessions.length - 1);
    const shift = (this.nextSession - known) * DAY_MS;
    const [openAt, closeAt] = [sessions[known]!.openAt + shift, sessions[known]!.closeAt + shift];
    const length = closeAt - openAt;
    const slice = executionDays > SLICED_DAYS_MAX ? length : SLICE_MS;
    const first = Math.floor(Math.max(0, startAt - openAt) / slice);
    for (let open = openAt + first * slice; open < closeAt; open += slice) {
      const [start, end] = [Math.max(open, startAt), Math.min(open + slice, closeAt)];
      this.slots.push({
        startAt: start,
        endAt: end,
        from: (start - openAt) / length,
        to: (end - openAt) / length,
        session: length / ordinaryMs,
        days: (end - start) / ordinaryMs,
      });
    }
    this.nextSession += 1;
  }
}
