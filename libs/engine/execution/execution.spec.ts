import fc from 'fast-check';
import { coordinate } from '../coordinate.js';
import { given, type GivenCoordination, NOW } from '../coordination.fixture.js';
import type { Decision } from '../result.js';
import { solve } from '../solver/index.js';

function decisionsOf(world: GivenCoordination): readonly Decision[] {
  const result = coordinate(given(world), solve);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result.decisions.filter(({ action }) => action !== 'HOLD');
}

describe('an order plan', () => {
  const world: GivenCoordination = {
    instruments: [
      { id: 'A', adv: 20_000 },
      { id: 'B', held: 1000 },
    ],
    signals: [{ on: 'A', strength: 1 }],
  };

  it('keeps each slice within its share of the volume', () => {
    const [order] = decisionsOf(world);
    const { slices } = order!.timing;
    expect(slices.length).toBeGreaterThan(5);
    expect(Math.max(...slices.map(({ quantity }) => quantity))).toBeLessThanOrEqual((0.1 * 20_000) / 13 + 1);
    expect(slices[0]!.startAt).toBe(NOW);
    expect(slices.every(({ startAt, endAt }) => endAt - startAt === 1_800_000)).toBe(true);
    expect(order!.timing.expectedCostBps).toBeGreaterThan(0);
    expect(order!.timing.costStdBps).toBeGreaterThan(0);
  });

  it('is more urgent in AGGRESSIVE than in CONSERVATIVE mode, and where the signal fades within the day', () => {
    const urgency = (mode: 'AGGRESSIVE' | 'CONSERVATIVE' | 'BALANCED', halfLifeDays?: number) =>
      decisionsOf({
        ...world,
        signals: [{ on: 'A', strength: 1, ...(halfLifeDays === undefined ? {} : { halfLifeDays }) }],
        parameters: { mode },
      })[0]!.timing.urgency;
    expect([urgency('CONSERVATIVE'), urgency('BALANCED'), urgency('AGGRESSIVE')]).toEqual(['LOW', 'MEDIUM', 'HIGH']);
    expect(urgency('BALANCED', 0.5)).toBe('HIGH');
  });

  it('runs over the execution days', () => {
    const [order] = decisionsOf({
      ...world,
      instruments: [
        { id: 'A', adv: 3000 },
        { id: 'B', held: 1000 },
      ],
      parameters: { executionDays: 2 },
    });
    const { slices } = order!.timing;
    expect(slices[slices.length - 1]!.startAt).toBeGreaterThan(NOW + 86_400_000);
  });
});

describe('given buys that need what sells free', () => {
  const world: GivenCoordination = {
    instruments: [{ id: 'A' }, { id: 'B', held: 1500 }, { id: 'C', held: 6400 }],
    cash: 20_000,
    signals: [
      { on: 'A', strength: 1 },
      { on: 'B', action: 'SELL', strength: 1 },
    ],
    parameters: { maxPositionSize: 0.9, riskBudgetLimit: 0.05, maxSectorWeight: 1 },
  };

  it('the sells come first and the buys wait for them', () => {
    const [sell, buy] = decisionsOf(world);
    expect(sell).toMatchObject({ instrumentId: 'B', action: 'SELL', priority: 1 });
    expect(buy).toMatchObject({ instrumentId: 'A', action: 'BUY', priority: 2 });
    expect(buy!.timing.dependsOn).toEqual([sell!.decisionId]);
    expect(buy!.timing.startAt).toBeGreaterThanOrEqual(sell!.timing.endAt);
  });

  it('cash never falls below the buffer, whatever part of the orders has filled', () => {
    const between = (min: number, max: number) =>
      fc.integer({ min: 0, max: 100 }).map((part) => min + ((max - min) * part) / 100);
    const holding = fc.record({
      held: fc.integer({ min: 0, max: 2000 }),
      sell: fc.boolean(),
      strength: between(0.3, 1),
    });
    fc.assert(
      fc.property(
        fc.array(holding, { minLength: 3, maxLength: 8 }),
        fc.array(fc.nat(), { minLength: 8 }),
        (all, picks) => {
          const invested = all.reduce((sum, { held }) => sum + held * 100, 0);
          const cash = 5000 + 0.02 * invested;
          const decisions = decisionsOf({
            instruments: all.map(({ held }, i) => ({ id: `I${i}`, held })),
            cash,
            signals: all.map(({ sell, strength }, i) => ({ on: `I${i}`, strength, action: sell ? 'SELL' : 'BUY' })),
            parameters: { maxPositionSize: 1, riskBudgetLimit: 0.2, maxTurnover: 1, correlationThreshold: 1 },
          });
          const buffer = 0.01 * (cash + invested);
          let left = cash;
          const filled = new Set<string>();
          // fill in an arbitrary order that respects what each decision depends on
          for (const pick of picks) {
            const open = decisions.filter(
              ({ decisionId, timing }) => !filled.has(decisionId) && timing.dependsOn.every((id) => filled.has(id)),
            );
            const next = open[pick % Math.max(1, open.length)];
            if (next === undefined) break;
            filled.add(next.decisionId);
            const { spread, impact } = next.risk.expectedCostBps;
            left -= (next.action === 'SELL' ? -1 : 1) * next.quantity * 100;
            left -= ((spread + impact) / 1e4) * (cash + invested);
            expect(left).toBeGreaterThanOrEqual(buffer - 1e-6 * (cash + invested));
          }
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });
});
