import fc from 'fast-check';
import { type ExecutedOrder, implementationShortfall, type ShortfallParts } from './shortfall.js';

const PARTS = ['spread', 'impact', 'delay', 'opportunity', 'fees'] as const;

const order = (over: Partial<ExecutedOrder> = {}): ExecutedOrder => ({
  decisionId: 'decision_001',
  quantity: 1000,
  decisionPrice: 100,
  arrivalPrice: 101,
  lastPrice: 104,
  halfSpread: 0.001,
  fills: [
    { quantity: 300, price: 102, costs: 3 },
    { quantity: 500, price: 101.5, costs: 5 },
  ],
  ...over,
});

const anyPrice = fc.double({ min: 0.01, max: 1e5, noNaN: true });
const anyOrder = fc
  .record({
    quantity: fc.double({ min: 1e-3, max: 1e7, noNaN: true }),
    sells: fc.boolean(),
    decisionPrice: anyPrice,
    arrivalPrice: anyPrice,
    lastPrice: anyPrice,
    halfSpread: fc.double({ min: 0, max: 0.05, noNaN: true }),
    fills: fc.array(
      fc.record({
        part: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
        price: anyPrice,
        costs: fc.double({ min: -1e3, max: 1e4, noNaN: true }),
      }),
      { maxLength: 5 },
    ),
  })
  .map(({ sells, fills, ...rest }): ExecutedOrder => ({
    ...rest,
    decisionId: 'd',
    quantity: sells ? -rest.quantity : rest.quantity,
    fills: fills.map(({ part, price, costs }) => ({ quantity: part * rest.quantity, price, costs })),
  }));

/** paper less real, straight from the definition */
function paperLessReal({ quantity, decisionPrice, lastPrice, fills }: ExecutedOrder): number {
  const side = Math.sign(quantity);
  const real = fills.reduce((sum, { quantity: x, price, costs }) => sum + side * x * (lastPrice - price) - costs, 0);
  return quantity * (lastPrice - decisionPrice) - real;
}

const shuffled = <T>(values: readonly T[]): T[] => [...values].reverse();
const added = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

describe('implementation shortfall', () => {
  it('of a purchase that arrived dearer and filled in part', () => {
    const { orders, total } = implementationShortfall([order()]);
    const [only] = orders;
    expect(only).toMatchObject({ decisionId: 'decision_001' });
    expect(only!.delay).toBeCloseTo(800, 6);
    expect(only!.spread).toBeCloseTo(80.8, 6);
    // 300 at 1 and 500 at 0.5 beyond arrival, less the spread
    expect(only!.impact).toBeCloseTo(550 - 80.8, 6);
    expect(only!.opportunity).toBeCloseTo(200 * 4, 6);
    expect(only!.fees).toBeCloseTo(8, 6);
    expect(only!.total).toBeCloseTo(2158, 6);
    expect(only!.totalBps).toBeCloseTo(215.8, 6);
    expect(total.total).toBe(only!.total);
  });

  it('of a sale is the mirror image', () => {
    const bought = implementationShortfall([order({ halfSpread: 0 })]).total;
    const sold = implementationShortfall([
      order({
        quantity: -1000,
        arrivalPrice: 99,
        lastPrice: 96,
        halfSpread: 0,
        fills: [
          { quantity: 300, price: 98, costs: 3 },
          { quantity: 500, price: 98.5, costs: 5 },
        ],
      }),
    ]).total;
    for (const part of PARTS) expect(sold[part]).toBeCloseTo(bought[part], 6);
  });

  it('of what was never tried is opportunity alone', () => {
    const { total } = implementationShortfall([order({ fills: [], arrivalPrice: 100 })]);
    expect(total).toMatchObject({ spread: 0, impact: 0, delay: 0, fees: 0, opportunity: 4000, total: 4000 });
  });

  it('adds up exactly: parts to the total, orders to their sum, in any order', () => {
    fc.assert(
      fc.property(fc.array(anyOrder, { minLength: 1, maxLength: 6 }), (orders) => {
        const result = implementationShortfall(orders);
        for (const row of [...result.orders, result.total]) {
          expect(added(PARTS.map((part) => row[part]))).toBe(row.total);
          expect(added(shuffled(PARTS.map((part) => row[part])))).toBe(row.total);
        }
        const columns: (keyof ShortfallParts)[] = [...PARTS, 'total'];
        for (const column of columns) {
          const values = result.orders.map((row) => row[column]);
          expect(added(values)).toBe(result.total[column]);
          expect(added(shuffled(values))).toBe(result.total[column]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is the paper portfolio less the real one', () => {
    fc.assert(
      fc.property(anyOrder, (each) => {
        const { total } = implementationShortfall([each]).total;
        const prices = [each.decisionPrice, each.arrivalPrice, each.lastPrice, ...each.fills.map((f) => f.price)];
        const scale = Math.abs(each.quantity) * Math.max(...prices) + added(each.fills.map((f) => Math.abs(f.costs)));
        expect(Math.abs(total - paperLessReal(each))).toBeLessThanOrEqual(1e-12 * scale);
      }),
      { numRuns: 300 },
    );
  });
});
