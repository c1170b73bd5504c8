import fc from 'fast-check';
import { isDue, tradingDaysBefore, tradingDaysLater, tradingDaysUntil, urgency } from './deadlines.js';

const at = (text: string): number => Date.parse(text);
const time = fc.integer({ min: at('1971-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') });

describe('trading days', () => {
  it('are weekdays after the day itself', () => {
    const friday = at('2024-06-07T14:30:00Z');
    expect(tradingDaysUntil(friday, at('2024-06-07T20:00:00Z'))).toBe(0);
    expect(tradingDaysUntil(friday, at('2024-06-09T20:00:00Z'))).toBe(0);
    expect(tradingDaysUntil(friday, at('2024-06-10T00:00:00Z'))).toBe(1);
    expect(tradingDaysUntil(friday, at('2024-06-17T09:00:00Z'))).toBe(6);
    expect(tradingDaysUntil(at('2024-06-10T00:00:00Z'), friday)).toBe(-1);
    expect(tradingDaysLater(friday, 1)).toBe(at('2024-06-10T14:30:00Z'));
    expect(tradingDaysBefore(at('2024-06-10T14:30:00Z'), 1)).toBe(at('2024-06-09T14:30:00Z'));
  });

  it('are those that counting one by one finds', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 60 }), (from, days) => {
        let count = 0;
        for (let d = 1; d <= days; d += 1) {
          const weekday = new Date(from + d * 86_400_000).getUTCDay();
          if (weekday > 0 && weekday < 6) count += 1;
        }
        expect(tradingDaysUntil(from, from + days * 86_400_000)).toBe(count);
        if (count > 0) expect(tradingDaysUntil(from, tradingDaysLater(from, count))).toBe(count);
      }),
    );
  });
});

describe('a deadline', () => {
  const monday = at('2024-06-03T14:30:00Z');
  it('pulls more the nearer it is, twenty times at most, and is due when no trading day is left', () => {
    const pulls = [
      '2024-08-01',
      '2024-07-01',
      '2024-06-17',
      '2024-06-05',
      '2024-06-04',
      '2024-06-03',
      '2024-05-01',
    ].map((day) => urgency(at(`${day}T21:00:00Z`), monday));
    expect(pulls).toEqual([1, 1, 2, 10, 20, 20, 20]);
    expect(urgency(undefined, monday)).toBe(1);
    expect(isDue(at('2024-06-04T21:00:00Z'), monday, 1)).toBe(false);
    expect(isDue(at('2024-06-04T21:00:00Z'), monday, 2)).toBe(true);
    expect(isDue(at('2024-06-03T21:00:00Z'), monday, 1)).toBe(true);
    expect(isDue(undefined, monday, 1)).toBe(false);
  });
});
