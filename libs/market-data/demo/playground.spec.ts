import type { CoordinatedTradingDecision } from '#domain';
import { sampleDecision } from '#testing';
import { demoMarket } from './market.js';
import { playground } from './playground.js';
import { playgroundFills } from './playground-fills.js';

const market = demoMarket();
const season = playground(market, 70);

describe('the playground', () => {
  it('knows on each day what was known then, and the close after it', () => {
    for (const { day, as_of, bars, signals, closes } of season.days) {
      expect([bars.days.at(-1), as_of]).toEqual([day, `${day}T20:00:00.000Z`]);
      expect(signals).toHaveLength(100);
      for (const { generated_at } of signals) expect(Date.parse(generated_at)).toBeLessThanOrEqual(Date.parse(as_of));
      const at = market.bars.days.indexOf(day);
      expect(closes.get('TECH01')).toEqual([market.bars.close[at * 200], market.bars.close[(at + 1) * 200]]);
    }
  });

  it('begins with a drifted book, a winner beyond its limit, and has weeks of stress between calmer ones', () => {
    const { positions, cash } = season.portfolio;
    const worth = positions.map(({ quantity, price = 0 }) => quantity * price);
    const nav = worth.reduce((sum, each) => sum + each, cash);
    expect(Math.max(...worth) / nav).toBeGreaterThan(season.parameters.max_position_size ?? 1);
    const regimes = season.days.map(({ day }) => market.regimes[market.bars.days.indexOf(day)]);
    expect(regimes.filter((regime) => regime === 'STRESSED').length).toBeGreaterThanOrEqual(25);
    expect([regimes[0], regimes.at(-1)]).toEqual(['NORMAL', 'NORMAL']);
  });

  it('has a source that repeats what another one says', () => {
    const said = (source: string) =>
      new Set(
        season.days.flatMap(({ day, signals }) =>
          signals
            .filter((each) => each.source === source)
            .map(({ instrument_id, action }) => `${day} ${instrument_id} ${action}`),
        ),
      );
    const shared = (a: Set<string>, b: Set<string>) => [...a].filter((each) => b.has(each)).length / a.size;
    const copy = said('revisions_digest');
    expect(shared(copy, said('analyst_revisions'))).toBeGreaterThan(3 * shared(copy, said('momentum')));
  });
});

describe('fills of the playground', () => {
  const day = season.days[0]!;
  const slices = [1, 2, 3, 4].map((n) => ({
    start_at: `2024-11-26T1${n}:00:00Z`,
    end_at: `2024-11-26T1${n}:30:00Z`,
    quantity: 25,
  }));
  const decisions = [...day.closes.keys()].slice(0, 100).map((instrument, n): CoordinatedTradingDecision => {
    const decision = sampleDecision(instrument);
    const timing_recommendation = { ...decision.timing_recommendation, slices };
    return { ...decision, decision_id: `decision_${n}`, timing_recommendation };
  });
  const { fills, cancelled } = playgroundFills(day, { decisions });

  it('fill every slice, or call off the rest of an order that finds no other side', () => {
    for (const { decision_id } of decisions) {
      const filled = fills
        .filter((fill) => fill.decision_id === decision_id)
        .reduce((sum, { quantity }) => sum + quantity, 0);
      expect(filled).toBe(cancelled.includes(decision_id) ? 50 : 100);
    }
    expect(cancelled.length).toBeGreaterThan(0);
    expect(cancelled.length).toBeLessThan(25);
  });

  it('cost half a spread and a fee, on prices between the closes', () => {
    for (const { decision_id, price, costs, quantity } of fills) {
      const { instrument_id } = decisions.find((each) => each.decision_id === decision_id)!;
      const [low, high] = [...day.closes.get(instrument_id)!].sort((a, b) => a - b) as [number, number];
      expect(price).toBeGreaterThan(low * 0.99);
      expect(price).toBeLessThan(high * 1.01);
      expect(costs).toBeCloseTo(0.00005 * quantity * price, 1);
    }
  });

  it('are the same in every run, so that they can be sent again', () => {
    expect(playgroundFills(day, { decisions })).toEqual({ fills, cancelled });
  });

  it('are none of what is held', () => {
    const held = decisions.map((decision) => ({ ...decision, action: 'HOLD' as const, quantity: 0 }));
    expect(playgroundFills(day, { decisions: held })).toEqual({ fills: [], cancelled: [] });
  });
});
