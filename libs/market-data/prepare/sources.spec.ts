import { demoMarket } from '../demo/market.js';
import { selectInstruments, sliceDays, upTo } from '../bars.js';
import { driftedPortfolio } from './portfolio.js';
import { signalsFromBars } from './sources.js';

const market = demoMarket();
const asOf = '2025-03-03T21:00:00.000Z';
const known = upTo(market.bars, '2025-03-03');

describe('signals from bars', () => {
  it('come from five rules in equal shares, in range, generated before they are used', () => {
    const signals = signalsFromBars(known, new Set(known.instruments), asOf, 102);
    const counts = new Map<string, number>();
    for (const { source } of signals) counts.set(source, (counts.get(source) ?? 0) + 1);
    expect([...counts]).toEqual([
      ['momentum', 21],
      ['reversal', 21],
      ['low_volatility', 20],
      ['volume_surge', 20],
      ['trend', 20],
    ]);
    for (const signal of signals) {
      expect(signal.strength).toBeGreaterThanOrEqual(0);
      expect(signal.strength).toBeLessThanOrEqual(1);
      expect(signal.confidence).toBeLessThan(0.8);
      expect(signal.generated_at < asOf).toBe(true);
    }
    expect(new Set(signals.map((signal) => signal.signal_id)).size).toBe(102);
  });

  it('do not look ahead: the days after change nothing', () => {
    const later = { ...market.bars, close: market.bars.close.map((close, i) => (i < known.close.length ? close : 1)) };
    const held = new Set<string>();
    expect(signalsFromBars(upTo(later, '2025-03-03'), held, asOf, 50)).toEqual(signalsFromBars(known, held, asOf, 50));
  });

  it('follow the price: momentum buys what rose for a year', () => {
    const n = 3;
    const days = 300;
    const bars = {
      days: Array.from({ length: days }, (_, t) => `d${String(t).padStart(4, '0')}`),
      instruments: ['UP', 'FLAT', 'DOWN'],
      close: Float64Array.from({ length: days * n }, (_, i) => 100 + (1 - (i % n)) * 0.1 * Math.floor(i / n)),
      volume: new Float64Array(days * n).fill(1000),
    };
    const momentum = signalsFromBars(bars, new Set(bars.instruments), asOf, 15).filter((s) => s.source === 'momentum');
    expect(
      momentum
        .map((s) => `${s.instrument_id} ${s.action}`)
        .slice(0, 2)
        .sort(),
    ).toEqual(['DOWN SELL', 'UP BUY']);
  });

  it('have no opinion where the history is too short', () => {
    const short = sliceDays(known, known.days.length - 30, known.days.length);
    const sources = new Set(signalsFromBars(short, new Set(), asOf, 100).map((signal) => signal.source));
    expect(sources).toEqual(new Set(['reversal']));
  });

  it('share the signals that a rule cannot send, and are fewer where the opinions run out', () => {
    const year = sliceDays(known, known.days.length - 200, known.days.length);
    const counts = new Map<string, number>();
    const signals = signalsFromBars(year, new Set(known.instruments), asOf, 42);
    for (const { source } of signals) counts.set(source, (counts.get(source) ?? 0) + 1);
    expect([...counts]).toEqual([
      ['reversal', 11],
      ['low_volatility', 11],
      ['volume_surge', 10],
      ['trend', 10],
    ]);
    expect(signalsFromBars(year, new Set(known.instruments), asOf, 5000)).toHaveLength(800);
  });
});

describe('a drifted portfolio', () => {
  it('has the NAV asked for, five per cent of it in cash, whole lots, and weights that follow returns', () => {
    const state = driftedPortfolio(known, market.instruments, 'p', asOf, 1e8);
    const notional = state.positions.map((p) => p.quantity * (p.price ?? 0));
    const nav = notional.reduce((sum, value) => sum + value, state.cash);
    expect(nav).toBeCloseTo(1e8, 0);
    expect(state.cash / nav).toBeGreaterThan(0.05);
    expect(state.cash / nav).toBeLessThan(0.052);
    expect(state.positions).toHaveLength(80);
    const lots = new Map(market.instruments.map((i) => [i.instrument_id, i.lot_size ?? 1]));
    for (const p of state.positions) expect(p.quantity % (lots.get(p.instrument_id) as number)).toBe(0);
    expect(Math.max(...notional)).toBeGreaterThan(1.2 * Math.min(...notional));
  });

  it('leaves out what it cannot buy a lot of', () => {
    const few = selectInstruments(known, known.instruments.slice(0, 5));
    const state = driftedPortfolio(few, [], 'p', asOf, 10);
    expect(state).toMatchObject({ cash: 10, positions: [] });
  });
});
