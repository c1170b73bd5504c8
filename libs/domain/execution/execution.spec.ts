import fc from 'fast-check';
import { decideCancel, decideExpiry, decidePrices } from './decide.js';
import { decideFills, type ReportedFill } from './decide-fills.js';
import type { ExecutionEvent } from './events.js';
import { evolveExecution } from './evolve.js';
import { accepted, at, fill, given, ms, PLANNED, refusal } from './execution.fixture.js';
import { type Execution, openShares } from './execution.js';
import { finishExecution } from './finish.js';
import { portfolioEventsOf } from './portfolio-events.js';
import { executionReplanned } from './replan.js';
import { replanTrigger } from './replan-trigger.js';
import { describeExecution } from './view.js';

const NOON = ms('10:45');
const filled = (...fills: readonly ReportedFill[]): ExecutionEvent[] => [
  ...accepted(decideFills(given(), fills, NOON)).events,
];
const cancelled = (execution: Execution, time: string, ids?: readonly string[]): ExecutionEvent[] => [
  ...accepted(
    decideCancel(execution, { reason: 'client', cancelled_at: at(time), ...(ids ? { decision_ids: ids } : {}) }, NOON),
  ),
];
const openOf = (execution: Execution, id: string): number => openShares(execution.orders.get(id)!);

describe('fills', () => {
  it('given a plan, when a part fills, then it is recorded with the sign of the decision', () => {
    const { events, duplicates } = accepted(
      decideFills(
        given(),
        [fill(1, 400, '10:05'), fill(2, 50, '10:06', { decision_id: 'decision_001', price: 80 })],
        NOON,
      ),
    );
    expect(duplicates).toEqual([]);
    expect(events).toEqual([
      {
        type: 'fills_recorded',
        data: {
          coordination_id: 'c1',
          fills: [
            { ...fill(1, 400, '10:05'), instrument_id: 'AAA' },
            { ...fill(2, -50, '10:06', { decision_id: 'decision_001', price: 80 }), instrument_id: 'BBB' },
          ],
        },
      },
    ]);
    const after = given(...events);
    expect([openOf(after, 'decision_002'), openOf(after, 'decision_001')]).toEqual([600, 150]);
  });

  it('given a fill, when it is reported again, then it is acknowledged and nothing happens', () => {
    const after = given(...filled(fill(1, 400, '10:05', { costs: 2 })));
    const again = fill(1, 400, '10:05', { costs: 2, filled_at: '2025-06-23T10:05:00Z' });
    expect(decideFills(after, [again], NOON)).toEqual({ events: [], duplicates: ['f1'] });
    // twice within a request too
    const twice = accepted(decideFills(given(), [fill(1, 1, '10:05'), fill(1, 1, '10:05')], NOON));
    expect(twice.duplicates).toEqual(['f1']);
    expect(twice.events[0]!.data.fills).toHaveLength(1);
  });

  const after = () => given(...filled(fill(1, 400, '10:05')));
  it.each<[string, ReportedFill, string, RegExp]>([
    ['with other content', fill(1, 401, '10:05'), '/fills/0/fill_id', /the same fill again/],
    ['of more than is open', fill(2, 601, '10:06'), '/fills/0/quantity', /at most 600/],
    [
      'of a HOLD',
      fill(2, 1, '10:06', { decision_id: 'decision_003' }),
      '/fills/0/decision_id',
      /decision_001, decision_002/,
    ],
    ['of an unknown decision', fill(2, 1, '10:06', { decision_id: 'x' }), '/fills/0/decision_id', /decision_001/],
    ['from before the order', fill(2, 1, '09:59'), '/fills/0/filled_at', /from 2025-06-23T10:00/],
    ['from the future', fill(2, 1, '10:46'), '/fills/0/filled_at', /to 2025-06-23T10:45:05/],
    ['in another currency', fill(2, 1, '10:06', { currency: 'USD' }), '/fills/0/currency', /"EUR"/],
  ])('are refused %s', (_, bad, pointer, accepts) => {
    const { code, errors } = refusal(decideFills(after(), [bad], NOON));
    expect(code).toBe('INVALID_FILLS');
    expect(errors).toHaveLength(1);
    expect(errors![0]).toMatchObject({ pointer });
    expect(errors![0]!.accepted).toMatch(accepts);
  });

  it('are all refused where one is, at its own place', () => {
    const { errors } = refusal(decideFills(given(), [fill(1, 1, '10:05'), fill(2, 2000, '10:04')], NOON));
    expect(errors).toMatchObject([{ pointer: '/fills/1/quantity' }]);
  });

  it('after the end of the plan are refused, with the end', () => {
    const late = refusal(decideFills(given(), [fill(1, 1, '11:06')], ms('12:00')));
    expect(late.errors).toMatchObject([{ pointer: '/fills/0/filled_at' }]);
    expect(late.errors![0]!.message).toMatch(/after the end of the plan/);
    // in the minutes after it they were in the market
    expect(accepted(decideFills(given(), [fill(1, 1, '11:04')], ms('12:00'))).events).toHaveLength(1);
  });

  it('need not agree with a currency that nobody stated, but with each other', () => {
    const noCurrency = evolveExecution(PLANNED, {
      type: 'execution_started',
      data: { coordination_id: 'c1', portfolio_id: 'p', stored_portfolio: false, orders: [] },
    });
    const both = [fill(1, 1, '10:05', { currency: 'USD' }), fill(2, 1, '10:06', { currency: 'EUR' })];
    expect(refusal(decideFills(noCurrency, both, NOON)).errors).toMatchObject([{ pointer: '/fills/1/currency' }]);
  });
});

describe('cancelling', () => {
  it('given fills, when cancelled, then what is open is released and what filled stays', () => {
    const before = given(...filled(fill(1, 400, '10:05')));
    const [event] = cancelled(before, '10:20', ['decision_002']);
    expect(event).toMatchObject({
      type: 'orders_cancelled',
      data: { orders: [{ decision_id: 'decision_002', instrument_id: 'AAA', quantity: 600 }] },
    });
    const after = evolveExecution(before, event!);
    expect(openOf(after, 'decision_002')).toBe(0);
    expect(openOf(after, 'decision_001')).toBe(200);
    // again: acknowledged, nothing happens
    expect(cancelled(after, '10:21', ['decision_002'])).toEqual([]);
  });

  it('counts a fill from before it that is reported after it, and refuses one from after it', () => {
    const after = given(...cancelled(given(), '10:20', ['decision_002']));
    const late = accepted(decideFills(after, [fill(1, 300, '10:19')], NOON)).events[0]!;
    const counted = evolveExecution(after, late);
    expect(counted.orders.get('decision_002')).toMatchObject({ filled: 300 });
    expect(openOf(counted, 'decision_002')).toBe(0);
    expect(describeExecution(counted, NOON).orders[1]).toMatchObject({ released_quantity: 700, status: 'CANCELLED' });
    const { errors } = refusal(decideFills(after, [fill(2, 1, '10:21')], NOON));
    expect(errors).toMatchObject([{ pointer: '/fills/0/filled_at', accepted: `fills executed until ${at('10:20')}` }]);
  });

  it('names what cannot be cancelled', () => {
    const done = given(...filled(fill(1, 1000, '10:05')));
    const ids = ['decision_002', 'decision_003', 'nothing'];
    const { code, errors } = refusal(decideCancel(done, { reason: 'x', decision_ids: ids }, NOON));
    expect(code).toBe('INVALID_CANCEL');
    expect(errors!.map(({ pointer }) => pointer)).toEqual(['/decision_ids/0', '/decision_ids/1', '/decision_ids/2']);
    const early = decideCancel(given(...filled(fill(1, 4, '10:05'))), { reason: 'x', cancelled_at: at('10:01') }, NOON);
    expect(refusal(early).errors).toMatchObject([{ pointer: '/cancelled_at' }]);
  });
});

describe('expiry', () => {
  it('releases what is left after the end of the plan, once', () => {
    const before = given(...filled(fill(1, 400, '10:05')));
    expect(decideExpiry(before, ms('11:04'))).toEqual([]);
    const [event] = decideExpiry(before, ms('11:05'));
    expect(event).toMatchObject({ type: 'orders_expired', data: { expired_at: at('11:05') } });
    expect(event!.data.orders.map(({ quantity }) => quantity)).toEqual([-200, 600]);
    const after = evolveExecution(before, event!);
    expect(decideExpiry(after, ms('12:00'))).toEqual([]);
    expect(finishExecution(after)).toMatchObject([{ type: 'execution_finished', data: { status: 'EXPIRED' } }]);
  });

  it('of a plan for another day comes when it has lasted as long as it is long', () => {
    const replayed = { ...given(), decidedAt: ms('10:00') + 86_400_000 };
    expect(decideExpiry(replayed, ms('11:04') + 86_400_000)).toEqual([]);
    expect(decideExpiry(replayed, ms('11:05') + 86_400_000)).toHaveLength(1);
    expect(describeExecution(given(), ms('11:05')).status).toBe('EXPIRED');
  });
});

describe('planning again', () => {
  const told = (price: number, adv?: number): ExecutionEvent[] => [
    ...accepted(
      decidePrices(
        given(),
        { as_of: at('10:10'), prices: [{ instrument_id: 'BBB', price, ...(adv === undefined ? {} : { adv }) }] },
        NOON,
      ),
    ),
  ];

  it('is due at a price beyond a daily volatility, from an update or from a fill', () => {
    expect(replanTrigger(given(...told(81.59)), ms('10:10'))).toBeNull();
    expect(replanTrigger(given(...told(81.61)), ms('10:10'))).toMatchObject({ reason: 'PRICE_MOVE' });
    expect(replanTrigger(given(...told(78)), ms('10:10'))?.explanation).toContain('2.5 % below the 80');
    const paid = given(...filled(fill(1, 10, '10:05', { price: 51.2 })));
    expect(replanTrigger(paid, ms('10:06'))).toMatchObject({ reason: 'PRICE_MOVE' });
  });

  it('is due at a volume below three quarters of what was planned with', () => {
    expect(replanTrigger(given(...told(80, 75_000)), ms('10:10'))).toBeNull();
    expect(replanTrigger(given(...told(80, 74_000)), ms('10:10'))).toMatchObject({ reason: 'VOLUME_SHORTFALL' });
  });

  it('is due when a slice has ended with more than a tenth of it missing', () => {
    const sold = fill(2, 100, '10:29', { decision_id: 'decision_001', price: 80 });
    const enough = given(...filled(sold, fill(1, 450, '10:29')));
    const tooLittle = given(...filled(sold, fill(1, 449, '10:29')));
    expect(replanTrigger(tooLittle, ms('10:30'))).toBeNull();
    expect(replanTrigger(enough, ms('10:31'))).toBeNull();
    expect(replanTrigger(tooLittle, ms('10:31'))).toEqual({
      reason: 'PARTIAL_FILL',
      explanation: `By ${at('10:30')} 500 shares of AAA were due, and 449 are filled.`,
    });
  });

  it('starts anew from the plan that was made, and releases what no longer fits', () => {
    const before = given(...filled(fill(1, 10, '10:05', { price: 51.2 })), ...told(80));
    const timing = { ...before.orders.get('decision_002')!.plan.timing, start_at: at('10:05') };
    const event = executionReplanned(
      before,
      { reason: 'PRICE_MOVE', explanation: '' },
      {
        plans: [{ decision_id: 'decision_002', quantity: 900, timing_recommendation: timing }],
        released: [{ decision_id: 'decision_002', instrument_id: 'AAA', quantity: 90, limit: 'CASH' }],
      },
      ms('10:10'),
    );
    expect(event.data.plans).toMatchObject([{ price: 51.2 }]);
    const after = evolveExecution(before, event);
    expect(openOf(after, 'decision_002')).toBe(900);
    expect(replanTrigger(after, ms('10:11'))).toBeNull();
    // 90 may have filled before we knew, and not after
    expect(accepted(decideFills(after, [fill(3, 990, '10:09')], NOON)).events).toHaveLength(1);
    expect(refusal(decideFills(after, [fill(3, 901, '10:11')], NOON)).errors![0]!.accepted).toBe('at most 900');
    expect(portfolioEventsOf(before, event)).toMatchObject([
      { type: 'orders_released', data: { orders: [{ quantity: 90, reason: 'REPLANNED' }] } },
    ]);
  });

  it('refuses an update of something else, and of what is finished', () => {
    const update = (id: string) => ({ as_of: at('10:10'), prices: [{ instrument_id: id, price: 1 }] });
    expect(refusal(decidePrices(given(), update('ZZZ'), NOON)).errors).toMatchObject([
      { pointer: '/prices/0/instrument_id', accepted: 'one of BBB, AAA' },
    ]);
    expect(refusal(decidePrices(given(...cancelled(given(), '10:20')), update('AAA'), NOON)).code).toBe(
      'INVALID_MARKET_UPDATE',
    );
  });
});

describe('the end', () => {
  it('comes when everything is filled, with the shortfall split', () => {
    const sold = fill(2, 200, '10:29', { decision_id: 'decision_001', price: 79.9, costs: 4 });
    const open = given(...filled(sold));
    expect(finishExecution(open)).toEqual([]);
    const done = given(...filled(sold, fill(1, 1000, '10:20')));
    const [event] = finishExecution(done);
    expect(event).toMatchObject({ data: { status: 'DONE', portfolio_id: 'p' } });
    const { total } = event!.data.shortfall;
    expect(total.total).toBeCloseTo(200 * 0.1 + 4 + 1000 * 0.1, 9);
    expect(total.spread + total.impact + total.delay + total.opportunity + total.fees).toBe(total.total);
    // said once
    expect(finishExecution(evolveExecution(done, event!))).toEqual([]);
  });

  it('is said again when a late fill changes it', () => {
    const ended = given(...filled(fill(1, 400, '10:05')), ...cancelled(given(), '10:20'));
    const closed = evolveExecution(ended, finishExecution(ended)[0]!);
    const late = evolveExecution(closed, accepted(decideFills(closed, [fill(2, 100, '10:19')], NOON)).events[0]!);
    expect(finishExecution(late)).toHaveLength(1);
  });

  it('tells the portfolio which lots were sold, piece by piece', () => {
    const sale = (n: number, q: number) => fill(n, q, '10:05', { decision_id: 'decision_001', price: 80 });
    const first = filled(sale(1, 60));
    const second = accepted(decideFills(given(...first), [sale(2, 60)], NOON)).events[0]!;
    expect(portfolioEventsOf(given(...first), second)).toMatchObject([
      {
        type: 'portfolio_filled',
        data: {
          fills: [
            {
              quantity: -60,
              lots: [
                { lot_id: 'old', quantity: 40 },
                { lot_id: 'new', quantity: 20 },
              ],
            },
          ],
        },
      },
    ]);
  });
});

describe('the order of reports', () => {
  const anyFills = fc
    .array(
      fc.record({
        sells: fc.boolean(),
        quantity: fc.double({ min: 0.1, max: 40, noNaN: true }),
        minute: fc.integer({ min: 0, max: 39 }),
        price: fc.double({ min: 49, max: 51, noNaN: true }),
        costs: fc.double({ min: 0, max: 3, noNaN: true }),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((parts) =>
      parts.map(({ sells, minute, ...rest }, n) =>
        fill(n, 0, `10:${String(minute).padStart(2, '0')}`, {
          ...rest,
          decision_id: sells ? 'decision_001' : 'decision_002',
        }),
      ),
    );

  it('leaves no trace: the state, the view and the shortfall are the same to the last bit', () => {
    fc.assert(
      fc.property(anyFills, fc.infiniteStream(fc.nat()), fc.boolean(), (fills, random, cancel) => {
        const reported = fills
          .map((each) => ({ each, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        const start = cancel ? given(...cancelled(given(), '10:40')) : given();
        const oneByOne = reported.reduce((state, each) => {
          const { events } = accepted(decideFills(state, [each], NOON));
          return events.reduce(evolveExecution, state);
        }, start);
        const atOnce = accepted(decideFills(start, fills, NOON)).events.reduce(evolveExecution, start);
        // but for how many reports there were
        const version = atOnce.version;
        expect({ ...oneByOne, version }).toEqual(atOnce);
        expect(describeExecution({ ...oneByOne, version }, NOON)).toEqual(describeExecution(atOnce, NOON));
        expect(finishExecution(oneByOne)).toEqual(finishExecution(atOnce));
      }),
      { numRuns: 150 },
    );
  });

  it('cannot be used to fill more than was decided', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 12 }), fc.boolean(), (sizes, cancel) => {
        let state = cancel ? given(...cancelled(given(), '10:20')) : given();
        sizes.forEach((size, n) => {
          const decided = decideFills(state, [fill(n, size, cancel ? '10:19' : '10:05')], NOON);
          if ('events' in decided) state = decided.events.reduce(evolveExecution, state);
        });
        const order = state.orders.get('decision_002')!;
        expect(order.filled).toBeLessThanOrEqual(1000);
      }),
    );
  });
});
