import type { RecordedEvent } from '../event.js';
import { isBeforeWashSales, purchasesOf } from './purchases.js';

const AS_OF = '2025-06-20T14:30:00Z';
const day = (days: number): string => new Date(Date.parse(AS_OF) + days * 86_400_000).toISOString();

const event = (type: string, data: unknown, recordedAt = day(-1)): RecordedEvent =>
  ({ type, data, recordedAt, version: 1 }) as unknown as RecordedEvent;
const stateWith = (acquired: number) =>
  event('portfolio_state_set', {
    state: {
      positions: [
        {
          instrument_id: 'A',
          quantity: 3,
          tax_lots: [{ lot_id: 'l', quantity: 3, cost_basis: 9, acquired_at: day(acquired) }],
        },
      ],
      open_orders: [{ instrument_id: 'A', quantity: 9 }],
    },
  });
const filled = (quantity: number, days: number, instrument_id = 'A') =>
  event('portfolio_filled', { fills: [{ instrument_id, quantity, price: 7, filled_at: day(days) }] });
const open = (quantity: number) => [{ instrument_id: 'A', quantity }];
const boughtWith = (openOrders: ReturnType<typeof open>, ...events: RecordedEvent[]) =>
  purchasesOf('p', events, openOrders, AS_OF, (id) => id === 'A').map(({ quantity, traded_at }) => [
    quantity,
    traded_at,
  ]);
const bought = (...events: RecordedEvent[]) => boughtWith([], ...events);

describe('what a stored portfolio has bought', () => {
  it('are the lots of its newest state, its fills, and what is open now, within 30 days', () => {
    expect(boughtWith(open(4), filled(2, -3), stateWith(-10), stateWith(-5))).toEqual([
      [3, day(-10)],
      [4, day(0)],
      [2, day(-3)],
    ]);
    expect(bought(filled(2, -31), stateWith(-31))).toEqual([]);
    expect(bought(filled(2, -30), stateWith(-30))).toHaveLength(2);
  });

  it('leaves out sales, and instruments that do not matter', () => {
    expect(boughtWith(open(-4), filled(-2, -3), filled(2, -3, 'B'), stateWith(-100))).toEqual([]);
  });

  it('needs no events recorded before the window', () => {
    expect(isBeforeWashSales(stateWith(0), AS_OF)).toBe(false);
    expect(isBeforeWashSales(event('portfolio_filled', {}, day(-30.1)), AS_OF)).toBe(true);
  });
});
