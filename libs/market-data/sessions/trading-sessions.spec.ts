import { readFileSync } from 'node:fs';
import { newYorkSessions } from './new-york.js';
import { tradingSessions } from './trading-sessions.js';

/** What another library says of the same exchange. */
const reference = JSON.parse(readFileSync(new URL('new-york.reference.json', import.meta.url), 'utf8')) as {
  readonly from: string;
  readonly to: string;
  readonly closedWeekdays: readonly string[];
  readonly earlyCloses: readonly string[];
  readonly hours: Readonly<Record<string, readonly [string, string]>>;
};

const HOUR_MS = 3_600_000;
const time = (text: string): number => new Date(text).getTime();
const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

describe('the sessions of the New York Stock Exchange', () => {
  const years = Array.from({ length: 27 }, (_, y) => 2001 + y);
  const sessions = years.flatMap(newYorkSessions).filter(({ openAt }) => day(openAt) <= reference.to);

  it('leave out the same weekdays as exchange_calendars, for 27 years', () => {
    const open = new Set(sessions.map(({ openAt }) => day(openAt)));
    const closed: string[] = [];
    for (let at = time(reference.from); at <= time(reference.to); at += 24 * HOUR_MS) {
      const weekday = new Date(at).getUTCDay();
      if (weekday !== 0 && weekday !== 6 && !open.has(day(at))) closed.push(day(at));
    }
    expect(closed).toEqual(reference.closedWeekdays);
  });

  it('end early on the same days', () => {
    const early = sessions.filter(({ openAt, closeAt }) => closeAt - openAt < 6.5 * HOUR_MS);
    expect(early.map(({ openAt }) => day(openAt))).toEqual(reference.earlyCloses);
    expect(early.every(({ openAt, closeAt }) => closeAt - openAt === 3.5 * HOUR_MS)).toBe(true);
  });

  it('follow the clocks of New York', () => {
    for (const [date, hours] of Object.entries(reference.hours)) {
      const { openAt, closeAt } = sessions.find((session) => day(session.openAt) === date)!;
      expect([openAt, closeAt]).toEqual(hours.map(time));
    }
  });
});

describe('the next sessions', () => {
  it('begin with the one under way, and go on over weekends, holidays and the turn of the year', () => {
    const next = tradingSessions('XNYS', time('2025-12-24T15:00:00Z'), 6);
    expect(next).toMatchObject({ calendar: 'XNYS', ordinary_minutes: 390 });
    expect(next.sessions).toEqual([
      { open_at: '2025-12-24T14:30:00.000Z', close_at: '2025-12-24T18:00:00.000Z' },
      { open_at: '2025-12-26T14:30:00.000Z', close_at: '2025-12-26T21:00:00.000Z' },
      { open_at: '2025-12-29T14:30:00.000Z', close_at: '2025-12-29T21:00:00.000Z' },
      { open_at: '2025-12-30T14:30:00.000Z', close_at: '2025-12-30T21:00:00.000Z' },
      { open_at: '2025-12-31T14:30:00.000Z', close_at: '2025-12-31T21:00:00.000Z' },
      { open_at: '2026-01-02T14:30:00.000Z', close_at: '2026-01-02T21:00:00.000Z' },
    ]);
  });

  it('begin with the following one where the market has just closed', () => {
    const [first] = tradingSessions('XNYS', time('2025-12-24T18:00:00Z'), 1).sessions;
    expect(first!.open_at).toBe('2025-12-26T14:30:00.000Z');
  });

  it('of a market that never closes are days from now on', () => {
    expect(tradingSessions('CONTINUOUS', time('2025-12-24T18:07:30Z'), 2)).toEqual({
      calendar: 'CONTINUOUS',
      ordinary_minutes: 1440,
      sessions: [
        { open_at: '2025-12-24T18:07:00.000Z', close_at: '2025-12-25T18:07:00.000Z' },
        { open_at: '2025-12-25T18:07:00.000Z', close_at: '2025-12-26T18:07:00.000Z' },
      ],
    });
  });
});
