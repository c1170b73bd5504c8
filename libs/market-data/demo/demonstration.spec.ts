import { createHash } from 'node:crypto';
import { DEMO_SOURCES, demonstration } from '../index.js';

const demo = demonstration();

describe('the demonstration', () => {
  it('is the same to the last bit in every run and on every machine', () => {
    const { market, portfolio, signals, as_of } = demo;
    const hash = createHash('sha256')
      .update(JSON.stringify([market.instruments, market.bars.days, portfolio, signals, as_of, market.regimes]))
      .update(Buffer.from(market.bars.close.buffer, market.bars.close.byteOffset, market.bars.close.byteLength))
      .update(Buffer.from(market.bars.volume.buffer, market.bars.volume.byteOffset, market.bars.volume.byteLength))
      .digest('hex');
    expect(hash).toBe('ebb567699336c94fe8be9c5a777fd058a9861c158719672e5760c8e90ecc7803');
  });

  it('has 200 instruments in 11 sectors over 756 weekdays that end on its date', () => {
    const { bars, instruments } = demo.market;
    expect(instruments).toHaveLength(200);
    expect(new Set(instruments.map((instrument) => instrument.sector)).size).toBe(11);
    expect(bars.days).toHaveLength(756);
    expect(bars.close).toHaveLength(756 * 200);
    expect(demo.as_of).toBe(`${bars.days[755] as string}T20:00:00.000Z`);
    expect([...bars.days].sort()).toEqual(bars.days);
    expect((demo.market.ahead.days[0] as string) > (bars.days[755] as string)).toBe(true);
  });

  it('moves like a market: volatilities, a common factor, regimes and volumes of realistic size', () => {
    const { bars, regimes } = demo.market;
    const n = 200;
    const returns = (i: number): number[] =>
      Array.from(
        { length: 755 },
        (_, t) => (bars.close[(t + 1) * n + i] as number) / (bars.close[t * n + i] as number) - 1,
      );
    const columns = Array.from({ length: n }, (_, i) => returns(i));
    const volatility = columns.map((column) => Math.sqrt(mean(column.map((r) => r * r)))).sort((a, b) => a - b);
    expect(volatility[0]).toBeGreaterThan(0.008);
    expect(volatility[199]).toBeLessThan(0.04);
    const market = Array.from({ length: 755 }, (_, t) => mean(columns.map((column) => column[t] as number)));
    const correlations = columns.map((column) => correlation(column, market));
    expect(mean(correlations)).toBeGreaterThan(0.35);
    expect(mean(correlations)).toBeLessThan(0.75);
    const byRegime = (name: string): number =>
      Math.sqrt(mean(market.filter((_, t) => regimes[t + 1] === name).map((r) => r * r)));
    expect(byRegime('STRESSED')).toBeGreaterThan(1.4 * byRegime('CALM'));
    const closes = Float64Array.from(bars.close).sort();
    expect(closes[0]).toBeGreaterThan(1);
    expect(closes[closes.length - 1]).toBeLessThan(2000);
  });

  it('gives the book a NAV near fifty million, some cash and one position above five per cent', () => {
    const { positions, cash } = demo.portfolio;
    const nav = cash + positions.reduce((sum, position) => sum + position.quantity * (position.price ?? 0), 0);
    expect(nav).toBeGreaterThan(49e6);
    expect(nav).toBeLessThan(51e6);
    expect(cash / nav).toBeCloseTo(0.04, 2);
    const weights = positions.map((position) => (position.quantity * (position.price ?? 0)) / nav);
    expect(weights.filter((weight) => weight > 0.05)).toHaveLength(1);
    for (const position of positions) {
      const lots = position.tax_lots ?? [];
      expect(lots.reduce((sum, lot) => sum + lot.quantity, 0)).toBe(position.quantity);
    }
  });

  it('sends a hundred signals, none from the future, the copy close to its original', () => {
    expect(demo.signals).toHaveLength(100);
    for (const signal of demo.signals) expect(signal.generated_at <= demo.as_of).toBe(true);
    const of = (source: string): Set<string> =>
      new Set(demo.signals.filter((signal) => signal.source === source).map((s) => `${s.instrument_id} ${s.action}`));
    const copied = [...of('revisions_digest')].filter((view) => of('analyst_revisions').has(view));
    expect(copied.length).toBeGreaterThan(6);
    expect(new Set(demo.signals.map((signal) => signal.source))).toEqual(new Set(DEMO_SOURCES.map((s) => s.source)));
  });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)];
  const cov = mean(x.map((value, t) => (value - mx) * ((y[t] as number) - my)));
  return cov / Math.sqrt(mean(x.map((v) => (v - mx) * (v - mx))) * mean(y.map((v) => (v - my) * (v - my))));
}
