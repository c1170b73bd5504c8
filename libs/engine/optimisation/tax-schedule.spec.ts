import { DAY_MS, given, NOW } from '../coordination.fixture.js';
import type { TaxLot } from '../input.js';
import { buildUniverse } from '../risk/index.js';
import { lotsSold, sellableLots, taxOnSale, type TaxRules } from './tax-schedule.js';

const rules: TaxRules = { shortTermRate: 0.4, longTermRate: 0.2, harvest: true };

const lot = (lotId: string, quantity: number, costBasis: number, days: number): TaxLot => {
  return { lotId, quantity, costBasis, acquiredAt: NOW - days * DAY_MS };
};

/** price 100 */
function lotsOf(taxLots: readonly TaxLot[], held: number, options = rules, mayHarvest = true) {
  const built = buildUniverse(given({ instruments: [{ id: 'A', held, taxLots }] }));
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return sellableLots(built.universe, 0, NOW, options, mayHarvest);
}

describe('tax lots', () => {
  it('are sold in increasing order of tax: losses, then long-term gains before equal short-term ones', () => {
    const lots = lotsOf([lot('gain', 10, 50, 60), lot('old', 10, 50, 400), lot('loss', 10, 120, 60)], 30);
    expect(lots.map(({ lotId }) => lotId)).toEqual(['loss', 'old', 'gain']);
    expect(lots.map(({ rate }) => rate)).toEqual([-0.08, 0.1, 0.2].map((r) => expect.closeTo(r, 12) as number));
    expect(lotsSold(lots, 15)).toEqual([
      { lotId: 'loss', quantity: 10 },
      { lotId: 'old', quantity: 5 },
    ]);
    expect(taxOnSale(lots, 15)).toBeCloseTo(-0.8 + 0.5, 12);
  });

  it.each([
    ['harvesting is off', { ...rules, harvest: false }, true, 60],
    ['the instrument may be bought', rules, false, 60],
    ['something was bought within 30 days', rules, true, 20],
  ])('have losses that save no tax where %s', (_, options, mayHarvest, days) => {
    expect(lotsOf([lot('loss', 10, 120, days)], 10, options, mayHarvest)[0]!.rate).toBe(0);
  });

  it('leave shares of unknown origin untaxed, and lots beyond the holding out', () => {
    expect(lotsOf([lot('gain', 10, 50, 60)], 30).map(({ quantity, rate }) => [quantity, rate])).toEqual([
      [20, 0],
      [10, 0.2],
    ]);
    expect(
      lotsOf([lot('a', 10, 90, 60), lot('b', 10, 50, 60)], 15).map(({ lotId, quantity }) => [lotId, quantity]),
    ).toEqual([
      ['a', 10],
      ['b', 5],
    ]);
    expect(lotsSold(lotsOf([lot('gain', 10, 50, 60)], 30), 25)).toEqual([{ lotId: 'gain', quantity: 5 }]);
  });
});
