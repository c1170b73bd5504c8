import { formatTime, parseTime } from './time.js';

describe('time', () => {
  it('reads RFC 3339 with any offset', () => {
    expect(parseTime('2025-06-21T10:00:00Z')).toBe(1750500000000);
    expect(parseTime('2025-06-21T12:00:00+02:00')).toBe(1750500000000);
  });

  it('keeps what is below a millisecond, so that order is not lost', () => {
    const earlier = parseTime('2017-08-09T22:06:55.964442203Z');
    const later = parseTime('2017-08-09T22:06:55.964842203Z');
    expect(Math.floor(earlier)).toBe(Math.floor(later));
    expect(later - earlier).toBeCloseTo(0.4, 3);
  });

  it('writes UTC to the millisecond', () => {
    expect(formatTime(1750500000000.9)).toBe('2025-06-21T10:00:00.000Z');
  });
});
