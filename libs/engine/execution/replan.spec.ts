import { coordinate } from '../coordinate.js';
import { given, type GivenCoordination, NOW } from '../coordination.fixture.js';
import type { CoordinationInput } from '../input.js';
import { solve } from '../solver/index.js';
import { type RemainingOrder, replanExecution } from './replan.js';

const HOUR_MS = 3_600_000;

function order(instrumentId: string, quantity: number): RemainingOrder {
  return { decisionId: `decision of ${instrumentId}`, instrumentId, quantity };
}

function replan(input: CoordinationInput, remaining: readonly RemainingOrder[]) {
  const result = replanExecution(input, remaining);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

describe('planning again what is left', () => {
  const world: GivenCoordination = {
    instruments: [
      { id: 'A', adv: 1e6 },
      { id: 'B', held: 1500 },
      { id: 'C', held: 3000 },
    ],
    cash: 20_000,
    parameters: { maxPositionSize: 0.9, riskBudgetLimit: 0.05, maxSectorWeight: 1 },
  };

  it('schedules it from now on, buys after the sales that they need', () => {
    const { plans, released } = replan(given(world), [order('A', 1000), order('B', -1200)]);
    expect(released).toEqual([]);
    expect(plans.map(({ decisionId, quantity }) => [decisionId, quantity])).toEqual([
      ['decision of B', -1200],
      ['decision of A', 1000],
    ]);
    expect(plans[1]!.timing.dependsOn).toEqual(['decision of B']);
    const [sale, purchase] = plans.map(({ timing }) => timing);
    expect(sale!.startAt).toBe(NOW);
    expect(purchase!.startAt).toBeGreaterThanOrEqual(sale!.endAt);
    for (const { quantity, timing } of plans) {
      expect(timing.slices.reduce((sum, slice) => sum + slice.quantity, 0)).toBe(Math.abs(quantity));
    }
  });

  it('of a fresh decision gives the plan that the decision had', () => {
    const input = given({ ...world, signals: [{ on: 'A' }, { on: 'B', action: 'SELL' }] });
    const result = coordinate(input, solve);
    if ('invalid' in result) throw new Error(result.invalid.kind);
    const traded = result.decisions.filter(({ action }) => action !== 'HOLD');
    expect(traded.length).toBe(2);
    const { plans, released } = replan(
      input,
      traded.map(({ decisionId, instrumentId, action, quantity }) => ({
        decisionId,
        instrumentId,
        quantity: action === 'SELL' ? -quantity : quantity,
      })),
    );
    expect(released).toEqual([]);
    expect(plans.map(({ timing }) => timing)).toEqual(traded.map(({ timing }) => timing));
  });

  it('releases of a purchase what the cash no longer pays for after its price has risen', () => {
    const risen = { ...world, instruments: [{ id: 'A', price: 130 }, ...world.instruments.slice(1)] };
    const { plans, released } = replan(given(risen), [order('A', 1000), order('B', -1000)]);
    const bought = plans.find(({ instrumentId }) => instrumentId === 'A')!;
    expect(bought.quantity).toBeGreaterThan(800);
    expect(released).toEqual([{ ...order('A', 1000 - bought.quantity), reason: 'CASH' }]);
    const nav = 20_000 + 450_000;
    expect(20_000 + 100_000 - bought.quantity * 130).toBeGreaterThanOrEqual(0.01 * nav);
    // one share more would not have fitted
    expect(20_000 + 100_000 - (bought.quantity + 2) * 130).toBeLessThan(0.01 * nav + 100);
  });

  it.each([
    ['RESTRICTED', { restricted: ['A'] }, 100, 100],
    ['POSITION', { maxPositionSize: 0.1 }, 1000, 530],
    ['SECTOR', { maxSectorWeight: 0.4 }, 1000, 120],
  ] as const)('releases what no longer fits: %s', (reason, parameters, quantity, least) => {
    const tighter: GivenCoordination = {
      ...world,
      instruments: [
        { id: 'A', sector: 'S' },
        { id: 'B', held: 1000, sector: 'S' },
        { id: 'C', held: 1000 },
      ],
      cash: 200_000,
      parameters: { ...world.parameters, ...parameters },
    };
    const { plans, released } = replan(given(tighter), [order('A', quantity)]);
    expect(released).toEqual([{ ...order('A', expect.any(Number) as number), reason }]);
    expect(released[0]!.quantity).toBeGreaterThanOrEqual(least);
    expect((plans[0]?.quantity ?? 0) + released[0]!.quantity).toBe(quantity);
  });

  it('cuts for the risk budget what is worth least, and no more than it must', () => {
    const volatile: GivenCoordination = {
      instruments: [
        { id: 'A', sigma: 0.05 },
        { id: 'B', sigma: 0.05 },
        { id: 'C', held: 2000 },
      ],
      cash: 800_000,
      signals: [
        { on: 'A', strength: 1 },
        { on: 'B', strength: 0.2 },
      ],
      parameters: { maxPositionSize: 0.9, maxTurnover: 1, riskBudgetLimit: 0.02 },
    };
    const { plans, released } = replan(given(volatile), [order('A', 1500), order('B', 1500)]);
    expect(released).toEqual([{ ...order('B', expect.any(Number) as number), reason: 'RISK' }]);
    expect(plans.map(({ instrumentId }) => instrumentId).sort()).toEqual(['A', 'B']);
  });

  it('releases what no volume is left for within the sessions, and the purchases that waited for it', () => {
    const thin = { ...world, instruments: [{ id: 'A' }, { id: 'B', held: 1500, adv: 1000 }, { id: 'C', held: 3000 }] };
    // 10 % of 1,000 shares in each of five sessions
    const { plans, released } = replan(given(thin), [order('A', 1000), order('B', -1000)]);
    expect(plans.find(({ instrumentId }) => instrumentId === 'B')!.quantity).toBe(-500);
    expect(released).toContainEqual({ ...order('B', -500), reason: 'LIQUIDITY' });
    expect(released.filter(({ instrumentId }) => instrumentId === 'A').length).toBeGreaterThan(0);
  });

  it('keeps to the sessions that are left', () => {
    const input = given(world);
    const sessions = [0, 24, 48, 72, 96].map((hours) => ({
      openAt: NOW + (hours - 4) * HOUR_MS,
      closeAt: NOW + (hours + 1) * HOUR_MS,
    }));
    const calendar = { sessions, ordinaryMs: 5 * HOUR_MS };
    const { plans } = replan({ ...input, market: { ...input.market, calendar } }, [order('B', -1000)]);
    expect(plans[0]!.timing.startAt).toBe(NOW);
    expect(plans[0]!.timing.endAt).toBeLessThanOrEqual(NOW + HOUR_MS);
  });

  it('tells of a portfolio that cannot be valued, and refuses two orders of an instrument', () => {
    expect(replanExecution(given(world), [order('UNKNOWN', 1)])).toEqual({
      invalid: { kind: 'MISSING_PRICES', missingPrices: ['UNKNOWN'] },
    });
    expect(() => replan(given(world), [order('A', 1), order('A', 2)])).toThrow(RangeError);
  });
});
