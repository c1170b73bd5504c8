import fc from 'fast-check';
import type { PortfolioState } from '../coordination/request.js';
import type { PortfolioEvent, PortfolioFill } from './events.js';
import { evolvePortfolio } from './evolve.js';
import { currentPortfolio, NO_PORTFOLIO, type PortfolioAggregate, setPortfolioState, startsOver } from './portfolio.js';

const state = (over: Partial<PortfolioState> = {}): PortfolioState => ({
  portfolio_id: 'p',
  as_of: '2026-03-02T09:00:00Z',
  cash: 10_000,
  positions: [{ instrument_id: 'A', quantity: 100 }],
  ...over,
});

const set = (over: Partial<PortfolioState> = {}): PortfolioEvent => ({
  type: 'portfolio_state_set',
  data: { portfolio_id: 'p', state: state(over) },
});

const applied = (coordination_id: string, orders: Readonly<Record<string, number>>): PortfolioEvent => ({
  type: 'coordination_applied',
  data: {
    portfolio_id: 'p',
    coordination_id,
    orders: Object.entries(orders).map(([instrument_id, quantity], i) => ({
      decision_id: `decision_00${i + 1}`,
      instrument_id,
      quantity,
    })),
    rebalances: [],
  },
});

const fill = (over: Partial<PortfolioFill> = {}): PortfolioFill => ({
  fill_id: 'f1',
  decision_id: 'decision_001',
  instrument_id: 'A',
  quantity: 10,
  price: 20,
  filled_at: '2026-03-02T10:00:00Z',
  ...over,
});

const filled = (...fills: readonly PortfolioFill[]): PortfolioEvent => ({
  type: 'portfolio_filled',
  data: { portfolio_id: 'p', coordination_id: 'c1', fills },
});

const released = (quantity: number, decision_id = 'decision_001'): PortfolioEvent => ({
  type: 'orders_released',
  data: {
    portfolio_id: 'p',
    coordination_id: 'c1',
    orders: [{ decision_id, instrument_id: 'A', quantity, reason: 'CANCELLED' }],
  },
});

const requested = (rebalance_id: string): PortfolioEvent => ({
  type: 'rebalance_requested',
  data: { portfolio_id: 'p', request: { rebalance_id, targets: [{ instrument_id: 'A', target_weight: 0.1 }] } },
});

const given = (...events: readonly PortfolioEvent[]): PortfolioAggregate =>
  events.reduce(evolvePortfolio, NO_PORTFOLIO);
const positionOf = (portfolio: PortfolioAggregate, id: string) =>
  currentPortfolio(portfolio)?.positions.find(({ instrument_id }) => instrument_id === id);

describe('a portfolio’s stream', () => {
  it('has no current state before one was told', () => {
    expect(currentPortfolio(given())).toBeNull();
    expect(currentPortfolio(given(set()))).toEqual(state());
  });

  it('counts the orders of every coordination until they are filled or released', () => {
    const two = given(set(), applied('c1', { A: 50, B: -20 }), applied('c2', { A: 30 }));
    const pending = [
      { instrument_id: 'A', quantity: 80 },
      { instrument_id: 'B', quantity: -20 },
    ];
    expect(currentPortfolio(two)).toEqual({ ...state(), open_orders: pending });
    const partly = evolvePortfolio(two, filled(fill({ quantity: 10 })));
    expect(currentPortfolio(partly)?.open_orders?.[0]).toEqual({ instrument_id: 'A', quantity: 70 });
    const rest = evolvePortfolio(partly, released(40));
    expect(currentPortfolio(rest)?.open_orders?.[0]).toEqual({ instrument_id: 'A', quantity: 30 });
    expect(rest.orders.filter((order) => order.coordination_id === 'c1')).toHaveLength(1);
  });

  it('moves shares and cash with a fill', () => {
    const after = given(set(), applied('c1', { A: -100 }), filled(fill({ quantity: -40, price: 20, costs: 3 })));
    expect(positionOf(after, 'A')?.quantity).toBe(60);
    expect(after.state?.cash).toBe(10_000 + 800 - 3);
    const closed = evolvePortfolio(after, filled(fill({ fill_id: 'f2', quantity: -60 })));
    expect(currentPortfolio(closed)).toEqual({ ...state({ cash: 10_797 + 1200, positions: [] }) });
  });

  it('takes a state that was told without open orders for positions and cash alone', () => {
    const after = given(set(), applied('c1', { A: 50 }), set({ cash: 5 }));
    expect(currentPortfolio(after)).toEqual({
      ...state({ cash: 5 }),
      open_orders: [{ instrument_id: 'A', quantity: 50 }],
    });
    const named = evolvePortfolio(after, set({ open_orders: [{ instrument_id: 'B', quantity: 1 }] }));
    expect(currentPortfolio(named)?.open_orders).toEqual([{ instrument_id: 'B', quantity: 1 }]);
    expect(currentPortfolio(evolvePortfolio(named, set({ open_orders: [] })))?.open_orders).toBeUndefined();
  });

  it('settles a fill against the orders that Portfolio Management named since, and never turns one round', () => {
    const named = given(set(), applied('c1', { A: 50 }), set({ open_orders: [{ instrument_id: 'A', quantity: 50 }] }));
    expect(currentPortfolio(evolvePortfolio(named, filled(fill({ quantity: 20 }))))?.open_orders).toEqual([
      { instrument_id: 'A', quantity: 30 },
    ]);
    expect(currentPortfolio(evolvePortfolio(named, filled(fill({ quantity: 70 }))))?.open_orders).toBeUndefined();
  });

  it('does not count a fill twice that the told state knows already', () => {
    const after = given(
      set(),
      applied('c1', { A: 50 }),
      set({ as_of: '2026-03-02T11:00:00Z' }),
      filled(fill({ quantity: 50 })),
    );
    expect(currentPortfolio(after)).toEqual(state({ as_of: '2026-03-02T11:00:00Z' }));
  });

  it('keeps tax lots in step: a purchase is a lot, a sale takes the lots it names and then the oldest', () => {
    const lots = [
      { lot_id: 'old', quantity: 60, cost_basis: 10, acquired_at: '2024-01-01T00:00:00Z' },
      { lot_id: 'new', quantity: 40, cost_basis: 30, acquired_at: '2025-01-01T00:00:00Z' },
    ];
    const start = set({ positions: [{ instrument_id: 'A', quantity: 100, tax_lots: lots }] });
    const bought = given(start, filled(fill({ fill_id: 'buy', quantity: 10, price: 20, costs: 5 })));
    expect(positionOf(bought, 'A')?.tax_lots).toEqual([
      ...lots,
      { lot_id: 'buy', quantity: 10, cost_basis: 20.5, acquired_at: '2026-03-02T10:00:00Z' },
    ]);
    const sold = evolvePortfolio(bought, filled(fill({ quantity: -50, lots: [{ lot_id: 'new', quantity: 35 }] })));
    expect(positionOf(sold, 'A')?.tax_lots?.map(({ lot_id, quantity }) => [lot_id, quantity])).toEqual([
      ['old', 45],
      ['new', 5],
      ['buy', 10],
    ]);
    // of shares whose lots nobody told, a purchase does not make lots that look like all of them
    expect(positionOf(given(set(), filled(fill())), 'A')).toEqual({ instrument_id: 'A', quantity: 110 });
  });

  it('keeps rebalance requests in their order until they are done or cancelled', () => {
    const two = given(set(), requested('r1'), requested('r2'));
    const progress = { rebalance_id: 'r1', status: 'PARTLY_DONE', done: 0.5, left: [] } as const;
    const half = evolvePortfolio(two, {
      type: 'coordination_applied',
      data: { portfolio_id: 'p', coordination_id: 'c1', orders: [], rebalances: [progress] },
    });
    expect(half.rebalances.map((r) => [r.request.rebalance_id, r.progress?.status])).toEqual([
      ['r1', 'PARTLY_DONE'],
      ['r2', undefined],
    ]);
    const done = evolvePortfolio(half, {
      type: 'coordination_applied',
      data: {
        portfolio_id: 'p',
        coordination_id: 'c2',
        orders: [],
        rebalances: [{ ...progress, status: 'DONE', done: 1 }],
      },
    });
    const none = evolvePortfolio(done, {
      type: 'rebalance_cancelled',
      data: { portfolio_id: 'p', rebalance_id: 'r2' },
    });
    expect(none.rebalances).toEqual([]);
    expect(none.closed_rebalances).toEqual([
      { rebalance_id: 'r1', status: 'DONE' },
      { rebalance_id: 'r2', status: 'CANCELLED' },
    ]);
  });

  /** any events that a portfolio may see */
  const anyEvents = fc.array(
    fc.oneof(
      fc
        .record({ A: fc.integer({ min: -90, max: 90 }), B: fc.integer({ min: -90, max: 90 }) })
        .map((o) => applied('c1', o)),
      fc
        .tuple(fc.integer({ min: -99, max: 99 }), fc.constantFrom('A', 'B'))
        .map(([quantity, instrument_id]) => filled(fill({ quantity, instrument_id }))),
      fc.integer({ min: -99, max: 99 }).map((quantity) => released(quantity)),
      fc.constantFrom('r1', 'r2', 'r3').map(requested),
      fc.constantFrom<PortfolioEvent>({ type: 'rebalance_cancelled', data: { portfolio_id: 'p', rebalance_id: 'r1' } }),
    ),
    { maxLength: 12 },
  );

  it('can be read from the newest state on: that event carries all that stays', () => {
    const anyOrders = fc.option(fc.constant([{ instrument_id: 'B', quantity: 5 }]), { nil: undefined });
    fc.assert(
      fc.property(anyEvents, anyOrders, anyEvents, (before, open_orders, later) => {
        const known = given(set(), ...before);
        const event = setPortfolioState(known, state(open_orders ? { open_orders } : {}));
        expect(startsOver(event)).toBe(true);
        expect([event, ...later].reduce(evolvePortfolio, NO_PORTFOLIO)).toEqual(
          [event, ...later].reduce(evolvePortfolio, known),
        );
      }),
    );
  });

  it('never loses or makes value: cash and shares move together', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const after = given(set(), ...events);
        const shares = (after.state?.positions ?? []).reduce((sum, { quantity }) => sum + quantity, 0);
        expect((after.state?.cash ?? 0) + 20 * shares).toBeCloseTo(10_000 + 20 * 100, 6);
      }),
    );
  });
});
