import { historicalRisk } from './index.js';

describe('historicalRisk', () => {
  const dates = Array.from(
    { length: 100 },
    (_, d) => `2024-${String(1 + Math.floor(d / 28)).padStart(2, '0')}-${String(1 + (d % 28)).padStart(2, '0')}`,
  );
  const history = {
    dates,
    instruments: ['B', 'A'],
    values: dates.map((_, d): (number | null)[] => [d === 3 ? null : 0, (d - 40) / 1000]),
  };

  it('takes the fifth worst of a hundred days and the mean of the worst five', () => {
    const risk = historicalRisk(history, ['A', 'none'], [0.5, 0])!;
    expect(risk.var95).toBeCloseTo(0.5 * 0.036, 15);
    expect(risk.cvar95).toBeCloseTo(0.5 * 0.038, 15);
    expect(risk.days).toBe(100);
    expect(risk.worstDays.map((day) => day.date)).toEqual(dates.slice(0, 5));
    expect(risk.worstDays[0]!.return).toBeCloseTo(-0.02, 15);
  });

  it('counts the fraction of a day that is left of the worst five hundredths', () => {
    const year = { ...history, dates: dates.slice(0, 90), values: history.values.slice(0, 90) };
    const risk = historicalRisk(year, ['A'], [1])!;
    // 0.05 x 90 = 4.5 days: the four worst, -40 to -37 thousandths, and half of the fifth, -36
    expect(risk.var95).toBeCloseTo(0.036, 15);
    expect(risk.cvar95).toBeCloseTo((0.04 + 0.039 + 0.038 + 0.037 + 0.5 * 0.036) / 4.5, 15);
  });

  it('compounds the worst five days in a row', () => {
    const { worstWeek } = historicalRisk(history, ['A'], [1])!;
    expect(worstWeek.return).toBeCloseTo(0.96 * 0.961 * 0.962 * 0.963 * 0.964 - 1, 14);
    expect([worstWeek.from, worstWeek.to]).toEqual([dates[0], dates[4]]);
  });

  it('leaves out a day that misses much of the portfolio and scales one that misses little', () => {
    expect(historicalRisk(history, ['A', 'B'], [0.5, 0.5])!).toMatchObject({ days: 99, daysLeftOut: 1 });
    const scaled = historicalRisk(history, ['A', 'B'], [0.95, 0.05])!;
    expect(scaled.days).toBe(100);
    expect(scaled.worstDays.find((day) => day.date === dates[3])!.return).toBeCloseTo(-0.037, 15);
  });

  it('has no answer without positions, without coverage or with too few days', () => {
    expect(historicalRisk(history, ['A'], [0])).toBeUndefined();
    expect(historicalRisk(history, ['A', 'unknown'], [0.5, 0.5])).toBeUndefined();
    const short = { ...history, dates: dates.slice(0, 59), values: history.values.slice(0, 59) };
    expect(historicalRisk(short, ['A'], [1])).toBeUndefined();
  });
});
