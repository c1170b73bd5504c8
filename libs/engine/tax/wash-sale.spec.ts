import fc from 'fast-check';
import { DAY_MS, given, NOW } from '../coordination.fixture.js';
import type { RecordedTrade } from '../input.js';
import { WASH_SALE_DAYS, WashSales } from './wash-sale.js';

const trade = (days: number, quantity = 10, more: Partial<RecordedTrade> = {}): RecordedTrade => {
  return { account: 'other', instrumentId: 'A', quantity, tradedAt: NOW + days * DAY_MS, ...more };
};

function salesWith(recordedTrades: readonly RecordedTrade[], acquiredDaysAgo = 100, open = 0): WashSales {
  const taxLots = [{ lotId: 'l', quantity: 10, costBasis: 120, acquiredAt: NOW - acquiredDaysAgo * DAY_MS }];
  return new WashSales(
    given({
      instruments: [{ id: 'A', held: 10, taxLots }],
      tax: { recordedTrades },
      openOrders: open === 0 ? [] : [{ instrumentId: 'A', quantity: open }],
    }),
  );
}

describe('wash sales', () => {
  it('come of purchases in any account from 30 days before to 30 days after, no further', () => {
    for (const days of [-30, -1, 0, 12, 30]) {
      expect(salesWith([trade(days)]).purchaseOf('A')).toEqual({ account: 'other', days });
    }
    for (const days of [-30.001, 30.001]) expect(salesWith([trade(days)]).purchaseOf('A')).toBeUndefined();
    expect(salesWith([trade(3)]).purchaseOf('B')).toBeUndefined();
  });

  it('do not come of sales', () => {
    expect(salesWith([trade(-3, -10)]).purchaseOf('A')).toBeUndefined();
    expect(salesWith([], 100, -5).purchaseOf('A')).toBeUndefined();
  });

  it('come of a lot bought lately and of an open order to buy', () => {
    expect(salesWith([], 20).purchaseOf('A')).toEqual({ days: -20 });
    expect(salesWith([], 100, 5).purchaseOf('A')).toEqual({ days: 0 });
  });

  it('know the largest loss elsewhere that a purchase now would wash', () => {
    const losses = [
      trade(-10, -5, { realisedGain: -40 }),
      trade(8, -5, { realisedGain: -90, account: 'third' }),
      trade(-40, -5, { realisedGain: -500 }),
      trade(-2, -5, { realisedGain: 700 }),
    ];
    expect(salesWith(losses).lossOf('A')).toEqual({ account: 'third', days: 8, loss: 90 });
    expect(salesWith([]).lossOf('A')).toBeUndefined();
  });

  it('are symmetrical in time, and the order of the records has no say', () => {
    const anyTrade = fc.record({
      days: fc.integer({ min: -4000, max: 4000 }).map((hundredths) => hundredths / 100),
      quantity: fc.integer({ min: -5, max: 5 }),
      account: fc.constantFrom('x', 'y'),
    });
    fc.assert(
      fc.property(fc.array(anyTrade, { maxLength: 6 }), (trades) => {
        const records = trades.map(({ days, ...rest }) => trade(days, rest.quantity, rest));
        const mirrored = records.map((each) => ({ ...each, tradedAt: 2 * NOW - each.tradedAt }));
        const [now, mirror] = [salesWith(records).purchaseOf('A'), salesWith(mirrored).purchaseOf('A')];
        expect(mirror === undefined).toBe(now === undefined);
        if (now !== undefined) expect(Math.abs(mirror!.days)).toBe(Math.abs(now.days));
        expect(salesWith([...records].reverse()).purchaseOf('A')).toEqual(now);
        const expected = records.some(
          (each) => each.quantity > 0 && Math.abs(each.tradedAt - NOW) <= WASH_SALE_DAYS * DAY_MS,
        );
        expect(now !== undefined).toBe(expected);
      }),
      { numRuns: 300, seed: 9 },
    );
  });
});
