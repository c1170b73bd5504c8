import { given, type GivenCoordination } from '../coordination.fixture.js';
import { assessTrades } from './index.js';

const WORLD: GivenCoordination = {
  instruments: [
    { id: 'A', held: 2000, sector: 'Banks', adv: 50_000 },
    { id: 'B', held: 1000, sector: 'Banks' },
    { id: 'C' },
  ],
  cash: 700_000,
};

function assessed(
  trades: Readonly<Record<string, number>>,
  world: Partial<GivenCoordination> = {},
  reference?: ReadonlyMap<string, number>,
) {
  const list = Object.entries(trades).map(([instrumentId, quantity]) => ({ instrumentId, quantity }));
  const result = assessTrades(given({ ...WORLD, ...world }), list, reference);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

const limit = (result: ReturnType<typeof assessed>, name: string) => result.limits.find((each) => each.name === name);

describe('assessTrades', () => {
  it('takes every limit that the trades touch', () => {
    const result = assessed({ A: -1000, C: 500 });
    expect(result.limits.map(({ name }) => name)).toEqual([
      'risk',
      'cash',
      'turnover',
      'sector:Banks',
      'position:A',
      'liquidity:A',
      'position:C',
      'liquidity:C',
      'correlation:C',
    ]);
    expect(limit(result, 'position:A')).toMatchObject({ before: 0.2, after: 0.1, bound: 0.2, brokenAfter: false });
    expect(limit(result, 'liquidity:A')).toMatchObject({ after: 0.1, bound: 0.5 });
    expect(limit(result, 'turnover')!.after).toBeCloseTo(0.15, 14);
  });

  it('names the bound that is broken: above, below, before or after', () => {
    const bounds = { parameters: { instrumentBounds: { A: { min: 0.15, max: 0.18 } } } };
    expect(limit(assessed({ A: -300 }, bounds), 'position:A')).toMatchObject({
      bound: 0.18,
      brokenBefore: true,
      brokenAfter: false,
    });
    expect(limit(assessed({ A: -900 }, bounds), 'position:A')).toMatchObject({
      bound: 0.15,
      brokenBefore: true,
      brokenAfter: true,
    });
    // broken, though nothing of it trades
    expect(limit(assessed({ C: 1 }, bounds), 'position:A')).toMatchObject({ bound: 0.18, brokenAfter: true });
    const short = { parameters: { allowShort: true } };
    expect(limit(assessed({ C: -2100 }, short), 'position:C')).toMatchObject({ bound: -0.2, brokenAfter: true });
  });

  it('counts open orders as filled, and their part of the volume as taken', () => {
    const openOrders = [{ instrumentId: 'A', quantity: -1000 }];
    const result = assessed({ A: -500 }, { openOrders });
    expect(limit(result, 'position:A')).toMatchObject({ before: 0.1, after: 0.05 });
    expect(limit(result, 'liquidity:A')!.bound).toBeCloseTo(0.4, 14);
  });

  it('measures the tracking error against the weights before, or those given', () => {
    const still = assessed({}).impact;
    expect([still.before.trackingError, still.after.trackingError]).toEqual([0, 0]);
    expect(assessed({ A: -1000 }).impact.after.trackingError).toBeCloseTo(0.1 * 0.015, 14);
    const { before, after } = assessed(
      { A: -1000 },
      {},
      new Map([
        ['A', 0.1],
        ['B', 0.1],
      ]),
    ).impact;
    expect(before.trackingError).toBeCloseTo(0.1 * 0.015, 14);
    expect(after.trackingError).toBe(0);
  });

  it('splits the risk by instrument and by sector, the unnamed last', () => {
    const result = assessed({ B: -1000, C: 500 });
    expect(result.instruments.map(({ instrumentId }) => instrumentId)).toEqual(['A', 'C', 'B']);
    expect(result.sectors.map(({ sector }) => sector)).toEqual(['Banks', null]);
    expect(result.sectors[1]).toMatchObject({ weightBefore: 0, weightAfter: 0.05, componentVarBefore: 0 });
    const total = result.sectors.reduce((sum, { componentVarAfter }) => sum + componentVarAfter, 0);
    expect(total).toBeCloseTo(result.impact.after.var95, 15);
  });

  it('does not depend on the order of the trades', () => {
    const [one, other] = [assessed({ A: -1000, C: 500 }), assessed({ C: 500, A: -1000 })];
    expect({ ...other, trades: [...other.trades].reverse() }).toEqual(one);
  });

  it('does not hear signals or rebalance requests', () => {
    const heard = assessed({ A: -1000 }, { signals: [{ on: 'B' }, { on: 'NOBODY' }] });
    expect(heard).toEqual(assessed({ A: -1000 }));
  });
});
