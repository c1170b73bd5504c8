/**
 * The trading time that a plan may use. The engine knows no time zones and no exchange calendars: the caller names the
 * session; by default it starts at once and lasts as long as a New York trading day, on each execution day.
 */
export interface Session {
  /** epoch milliseconds */
  readonly startAt: number;
  readonly sliceMs: number;
  readonly slicesPerDay: number;
  readonly days: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SLICE_MINUTES = 30;
/** 09:30 to 16:00 in half hours */
const SLICES_PER_DAY = 13;

export function defaultSession(asOf: number, executionDays: number): Session {
  const days = Math.max(1, Math.ceil(executionDays));
  return { startAt: asOf, sliceMs: SLICE_MINUTES * MINUTE_MS, slicesPerDay: SLICES_PER_DAY, days };
}

export function slicesIn({ slicesPerDay, days }: Session): number {
  return slicesPerDay * days;
}

/** Start of slice s, counted over the days of the session and, beyond them, the days that follow. */
export function sliceStart({ startAt, sliceMs, slicesPerDay }: Session, s: number): number {
  const day = Math.floor(s / slicesPerDay);
  return startAt + day * DAY_MS + (s - day * slicesPerDay) * sliceMs;
}
