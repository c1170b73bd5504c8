import fc from 'fast-check';
import type { LotMethod, TaxLot, TaxParameters } from '../input.js';
import { DAY_MS } from './holding-period.js';
import { type Holding, sellableLots } from './sellable-lots.js';
import { TaxSchedule } from './tax-schedule.js';

const NOW = 1_717_425_000_000;
const rules: TaxParameters = { shortTermRate: 0.4, longTermRate: 0.2, harvest: true };
const METHODS: readonly LotMethod[] = ['LEAST_TAX', 'HIFO', 'FIFO'];

const lot = (lotId: string, quantity: number, costBasis: number, days: number): TaxLot => {
  return { lotId, quantity, costBasis, acquiredAt: NOW - days * DAY_MS };
};

/** price 100 */
function lotsOf(lots: readonly TaxLot[], held: number, more: Partial<Holding> = {}, options = rules) {
  return sellableLots({ lots, held, price: 100, asOf: NOW, isWashed: false, ...more }, options);
}

const ids = (lots: readonly { readonly lotId: string }[]): string[] => lots.map(({ lotId }) => lotId);
const amounts = (lots: readonly { readonly lotId: string; readonly quantity: number }[]) =>
  lots.map(({ lotId, quantity }) => [lotId, quantity]);

describe('tax lots', () => {
  it('are sold in increasing order of tax: losses, then long-term gains before equal short-term ones', () => {
    const lots = lotsOf([lot('gain', 10, 50, 60), lot('old', 10, 50, 400), lot('loss', 10, 120, 60)], 30);
    expect(ids(lots)).toEqual(['loss', 'old', 'gain']);
    expect(lots.map(({ tax }) => tax)).toEqual([-0.08, 0.1, 0.2].map((r) => expect.closeTo(r, 12) as number));
    const schedule = new TaxSchedule(lots);
    expect(amounts(schedule.sold(15))).toEqual([
      ['loss', 10],
      ['old', 5],
    ]);
    expect(schedule.tax(15)).toBeCloseTo(-0.8 + 0.5, 12);
    expect([schedule.gain(15, 'SHORT'), schedule.gain(15, 'LONG')]).toEqual([-2, 2.5]);
  });

  it('are sold highest basis first, oldest first, or as they are named', () => {
    const lots = [lot('a', 10, 50, 60), lot('b', 10, 90, 400), lot('c', 10, 70, 500)];
    const by = (lotMethod: LotMethod, named?: readonly string[]) =>
      ids(lotsOf(lots, 30, named === undefined ? {} : { named }, { ...rules, lotMethod }));
    expect(by('HIFO')).toEqual(['b', 'c', 'a']);
    expect(by('FIFO')).toEqual(['c', 'b', 'a']);
    expect(by('SPECIFIC', ['a', 'c'])).toEqual(['a', 'c']);
    expect(by('SPECIFIC')).toEqual(by('LEAST_TAX'));
  });

  it('of equal tax go by least gain, so that untaxed accounts use up as little of a budget as can be', () => {
    const untaxed = { shortTermRate: 0, longTermRate: 0, harvest: false };
    expect(ids(lotsOf([lot('a', 10, 50, 60), lot('b', 10, 90, 400)], 20, {}, untaxed))).toEqual(['b', 'a']);
  });

  it.each([
    ['harvesting is off: the gain is one all the same', { ...rules, harvest: false }, false, { gain: -0.2, tax: 0 }],
    ['a purchase washes it: there is none', rules, true, { gain: 0, tax: 0, disallowed: 0.2 }],
  ])('have losses that save no tax where %s', (_, options, isWashed, expected) => {
    expect(lotsOf([lot('loss', 10, 120, 60)], 10, { isWashed }, options)[0]).toMatchObject(expected);
  });

  it('are long-term after more than 365 days, to the millisecond', () => {
    const term = (ms: number) => lotsOf([{ ...lot('a', 1, 50, 365), acquiredAt: NOW - 365 * DAY_MS - ms }], 1)[0]!.term;
    expect([term(0), term(1)]).toEqual(['SHORT', 'LONG']);
  });

  it('leave shares of unknown origin untaxed, and give open sell orders the first of them', () => {
    expect(lotsOf([lot('gain', 10, 50, 60)], 30).map(({ quantity, tax }) => [quantity, tax])).toEqual([
      [20, 0],
      [10, 0.2],
    ]);
    const pending = lotsOf([lot('a', 10, 90, 60), lot('b', 10, 50, 60)], 15);
    expect(amounts(pending)).toEqual([
      ['a', 5],
      ['b', 10],
    ]);
    expect(amounts(new TaxSchedule(lotsOf([lot('gain', 10, 50, 60)], 30)).sold(25))).toEqual([['gain', 5]]);
  });
});

const between = (min: number, max: number) => fc.integer({ min, max });
const anyLots = fc
  .array(fc.record({ quantity: between(1, 40), basis: between(1, 200), days: between(0, 800) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((lots) => lots.map(({ quantity, basis, days }, l) => lot(`l${l}`, quantity, basis, days)));
const anyRules = fc.record({
  shortTermRate: between(0, 100).map((rate) => rate / 100),
  longTermRate: between(0, 100).map((rate) => rate / 100),
  harvest: fc.boolean(),
});
const held = (lots: readonly TaxLot[]): number => lots.reduce((sum, { quantity }) => sum + quantity, 0);

describe('whatever the lots', () => {
  it('least tax is never above that of another method, nor of any order at all, and convex', () => {
    fc.assert(
      fc.property(
        anyLots,
        anyRules,
        fc.boolean(),
        fc.nat({ max: 1000 }),
        fc.nat(),
        (lots, options, isWashed, part, seed) => {
          const total = held(lots);
          const sale = (total * part) / 1000;
          const schedule = (lotMethod: LotMethod, named?: readonly string[]) =>
            new TaxSchedule(
              lotsOf(lots, total, { isWashed, ...(named === undefined ? {} : { named }) }, { ...options, lotMethod }),
            );
          const least = schedule('LEAST_TAX');
          const shuffled = [...lots].sort(
            (a, b) => ((a.quantity * 7919 + seed) % 13) - ((b.quantity * 7919 + seed) % 13),
          );
          const others = [...METHODS.map((method) => schedule(method)), schedule('SPECIFIC', ids(shuffled))];
          for (const other of others) expect(least.tax(sale)).toBeLessThanOrEqual(other.tax(sale) + 1e-9);
          expect(least.isOrdered).toBe(true);
          for (const other of others) expect(held(other.lots as never)).toBeCloseTo(total, 9);
        },
      ),
      { numRuns: 300, seed: 3 },
    );
  });

  it('tax and gains scale with the lots, and prices and bases together change nothing', () => {
    fc.assert(
      fc.property(anyLots, anyRules, fc.constantFrom(...METHODS), between(2, 9), (lots, options, lotMethod, factor) => {
        const total = held(lots);
        const by = (scale: { quantity: number; price: number }) =>
          new TaxSchedule(
            lotsOf(
              lots.map((each) => ({
                ...each,
                quantity: each.quantity * scale.quantity,
                costBasis: each.costBasis * scale.price,
              })),
              total * scale.quantity,
              { price: 100 * scale.price },
              { ...options, lotMethod },
            ),
          );
        const [one, many, dear] = [
          by({ quantity: 1, price: 1 }),
          by({ quantity: factor, price: 1 }),
          by({ quantity: 1, price: factor }),
        ];
        for (const sale of [total / 3, total]) {
          expect(many.tax(sale * factor)).toBeCloseTo(factor * one.tax(sale), 6);
          expect(many.gain(sale * factor, 'SHORT')).toBeCloseTo(factor * one.gain(sale, 'SHORT'), 6);
          expect(dear.tax(sale)).toBeCloseTo(one.tax(sale), 6);
        }
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});
