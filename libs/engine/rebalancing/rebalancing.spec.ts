import fc from 'fast-check';
import { coordinate } from '../coordinate.js';
import { DAY_MS, given, type GivenCoordination, NOW, rebalance } from '../coordination.fixture.js';
import type { RebalanceRequest } from '../input.js';
import type { CoordinationResult, RebalanceReport } from '../result.js';
import { solve } from '../solver/index.js';

function coordinated(world: GivenCoordination): CoordinationResult {
  const result = coordinate(given(world), solve, { impactAssessment: false });
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

const weightOf = (result: CoordinationResult, id: string): number =>
  result.weights[result.problem.instruments.indexOf(id)]!;
const report = (result: CoordinationResult, id = 'rb-A'): RebalanceReport => {
  const found = result.rebalances.find(({ rebalanceId }) => rebalanceId === id);
  if (found === undefined) throw new Error(`${id} has no account`);
  return found;
};
const limit = (result: CoordinationResult, name: string) => result.limits.find((each) => each.name === name);

/** Monday; a request's deadline so many days later */
const inDays = (days: number): number => NOW + days * DAY_MS;
/** 1,000,000 in all; A weighs 5 %, costs 50 bps to trade */
const world = (requests: readonly RebalanceRequest[], over: Partial<GivenCoordination> = {}): GivenCoordination => ({
  instruments: [
    { id: 'A', held: 500, halfSpread: 0.005 },
    { id: 'B', held: 1000 },
    { id: 'C', held: 1000 },
  ],
  cash: 750_000,
  requests,
  ...over,
});

describe('a rebalance request', () => {
  it('goes nearer to its target the nearer its deadline is, and reaches it at the deadline', () => {
    const reached = [60, 14, 4, 1, 0].map((days) =>
      weightOf(coordinated(world([rebalance('A', 0.15, { deadline: inDays(days) })])), 'A'),
    );
    expect(reached).toEqual([...reached].sort((a, b) => a - b));
    expect(reached[0]).toBeLessThan(0.1);
    expect(reached[4]).toBeCloseTo(0.15, 4);
    const undated = coordinated(world([rebalance('A', 0.15)]));
    expect(weightOf(undated, 'A')).toBe(reached[0]);
  });

  it('is a limit when it is due: named, kept within its tolerance, at a cost that the account shows', () => {
    const soft = coordinated(world([rebalance('A', 0.15, { tolerance: 0.01 })]));
    expect(limit(soft, 'rebalance:A')).toBeUndefined();
    const due = coordinated(world([rebalance('A', 0.15, { tolerance: 0.01, deadline: NOW })]));
    expect(due.status).toBe('OPTIMAL');
    expect(limit(due, 'rebalance:A')).toMatchObject({
      bound: expect.closeTo(0.14, 12) as number,
      brokenBefore: true,
      relaxedBy: 0,
    });
    expect(weightOf(due, 'A')).toBeGreaterThanOrEqual(0.14);
    expect(report(due)).toMatchObject({ status: 'DONE', left: [] });
    expect(report(due).done).toBe(1);
    expect(report(due).costBps).toBeGreaterThan(report(soft).costBps);
    expect(due.decisions[0]!.reasoning[0]).toContain('Rebalance request rb-A is due');
  });

  it('sells what else is held where a due purchase needs the cash', () => {
    const due = coordinated(world([rebalance('A', 0.2, { deadline: NOW })], { cash: 20_000 }));
    expect(weightOf(due, 'A')).toBeCloseTo(0.2, 3);
    expect(limit(due, 'cash')!.slack).toBeGreaterThanOrEqual(0);
    expect(due.decisions.filter(({ action }) => action === 'SELL').length).toBeGreaterThan(0);
  });

  it('that is due and out of reach is brought as near as can be, and says what stands in its way and when more can be done', () => {
    const instruments = [
      { id: 'A', held: 500, adv: 2000 },
      { id: 'B', held: 1000 },
    ];
    const due = coordinated(world([rebalance('A', 0.15, { deadline: NOW })], { instruments, cash: 850_000 }));
    expect(due.status).toBe('RELAXED');
    expect(weightOf(due, 'A')).toBeCloseTo(0.07, 9);
    expect(limit(due, 'rebalance:A')).toMatchObject({ preventedBy: ['liquidity'] });
    const { status, left, done, bestTime } = report(due);
    expect([status, left.map(({ why }) => why)]).toEqual(['PARTLY_DONE', ['liquidity']]);
    expect(left[0]!.weightLeft).toBeCloseTo(0.08, 9);
    expect(done).toBeCloseTo(0.2, 9);
    expect(bestTime).toEqual({ at: inDays(1), waitsFor: 'NEXT_COORDINATION' });
    const overdue = coordinated(
      world([rebalance('A', 0.15, { deadline: inDays(-3) })], { instruments, cash: 850_000 }),
    );
    expect(report(overdue).status).toBe('OVERDUE');
  });

  it('never breaks a limit that held, due or not', () => {
    const beyond = coordinated(world([rebalance('A', 0.4, { deadline: NOW })]));
    expect(weightOf(beyond, 'A')).toBeLessThanOrEqual(0.2 + 1e-9);
    expect(report(beyond).left[0]!.why).toBe('rebalance:A');
    const restricted = coordinated(
      world([rebalance('A', 0.1, { deadline: NOW })], { parameters: { restricted: ['A'] } }),
    );
    expect(report(restricted).left[0]!.why).toBe('restricted');
    const turnover = coordinated(
      world([rebalance('A', 0.15, { deadline: NOW })], { parameters: { maxTurnover: 0.03 } }),
    );
    expect(turnover.status).toBe('RELAXED');
    expect(limit(turnover, 'turnover')!.value).toBeLessThanOrEqual(0.03 + 1e-12);
    expect(limit(turnover, 'rebalance:A')!.preventedBy).toEqual(['turnover']);
  });

  it('leaves alone what is within its drift band, and trades what is outside toward the target', () => {
    const inside = coordinated(world([rebalance('A', 0.06, { tolerance: 0.02 })]));
    expect(inside.decisions.map(({ action }) => action)).toEqual(['HOLD']);
    expect(report(inside)).toMatchObject({ status: 'DONE', done: 1, left: [], costBps: 0 });
    expect(report(inside).noTradeBand).toEqual([
      { instrumentId: 'A', lower: expect.closeTo(0.04, 12) as number, upper: expect.closeTo(0.08, 12) as number },
    ]);
    const outside = coordinated(world([rebalance('A', 0.14, { tolerance: 0.02, priority: 10 })]));
    expect(weightOf(outside, 'A')).toBeGreaterThan(0.05);
  });

  it('tells which of two requests counts, and why', () => {
    const one = { ...rebalance('A', 0.1), rebalanceId: 'one' };
    const two = { ...rebalance('A', 0.02), rebalanceId: 'two' };
    const equal = coordinated(world([two, one]));
    expect(equal.warnings).toContain(
      'Of rebalance request two, request one, of equal priority and smaller id, sets: A.',
    );
    expect(report(equal, 'two')).toMatchObject({ status: 'QUEUED', done: 0, left: [{ why: 'request:one' }] });
    const higher = coordinated(world([{ ...two, priority: 6 }, one]));
    expect(higher.warnings).toContain('Of rebalance request one, request two, of higher priority, sets: A.');
    expect(report(higher, 'one').left[0]!.why).toBe('request:two');
  });

  it('goes on without a price where it waited in the queue, and says so', () => {
    const queued = { ...rebalance('A', 0.1, { priority: 10 }), queued: true };
    const unknown = { ...queued, targets: [...queued.targets, { instrumentId: 'ZZZ', targetWeight: 0.03 }] };
    const result = coordinated(world([unknown]));
    expect(result.warnings).toContain('Of rebalance request rb-A, no price is known of: ZZZ.');
    expect(report(result).left).toContainEqual({ instrumentId: 'ZZZ', weightLeft: 0.03, why: 'no_price' });
    expect(coordinate(given(world([{ ...unknown, queued: false }])), solve)).toMatchObject({
      invalid: { kind: 'MISSING_PRICES', missingPrices: ['ZZZ'] },
    });
  });

  it('weighs tax as it asks to', () => {
    const taxed = (more: Partial<RebalanceRequest>) => {
      const taxLots = [{ lotId: 'l', quantity: 500, costBasis: 20, acquiredAt: inDays(-100) }];
      return coordinated(
        world([rebalance('A', 0.01, { priority: 10, ...more })], {
          instruments: [
            { id: 'A', held: 500, taxLots },
            { id: 'B', held: 1000 },
            { id: 'C', held: 1000 },
          ],
          parameters: { tax: { shortTermRate: 0.003, longTermRate: 0.001, harvest: false } },
        }),
      );
    };
    const [not, plain, dear] = [0, undefined, 4].map((taxSensitivity) =>
      taxed(taxSensitivity === undefined ? {} : { taxSensitivity }),
    );
    expect(weightOf(not!, 'A')).toBeLessThan(weightOf(plain!, 'A'));
    expect(weightOf(plain!, 'A')).toBeLessThan(weightOf(dear!, 'A'));
    expect(report(plain!).taxBps).toBeGreaterThan(report(dear!).taxBps);
    expect(report(dear!).left[0]!.why).toBe('tax');
    expect(report(dear!).bestTime).toEqual({ at: inDays(266), waitsFor: 'LONG_TERM_RATE' });
  });

  it('takes tracking error away, and says what that cost', () => {
    const { trackingErrorBefore, trackingErrorAfter, trackingErrorRemoved, costBps, taxBps } = report(
      coordinated(world([rebalance('A', 0.15)])),
    );
    // 10 % off at 1.5 % a day
    expect(trackingErrorBefore).toBeCloseTo(0.1 * 0.015, 12);
    expect(trackingErrorAfter).toBeLessThan(trackingErrorBefore);
    expect(trackingErrorRemoved).toBe(trackingErrorBefore - trackingErrorAfter);
    expect(costBps).toBeGreaterThan(0);
    expect(taxBps).toBe(0);
  });
});

describe('the no-trade band', () => {
  it('is where trading costs more than it brings: inside nothing trades, outside something does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 18 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 80 }),
        (percent, priority, spreadBps) => {
          const at = (held: number) =>
            coordinated({
              instruments: [{ id: 'A', held, halfSpread: spreadBps / 1e4, adv: 1e9 }],
              cash: 1_000_000 - held * 100,
              requests: [rebalance('A', percent / 100, { priority })],
              parameters: { maxPositionSize: 1, riskBudgetLimit: 0.5 },
            });
          const [band] = report(at(0)).noTradeBand;
          expect(band!.lower).toBeLessThanOrEqual(percent / 100);
          expect(band!.upper).toBeGreaterThanOrEqual(percent / 100);
          const shares = (weight: number) => Math.round(weight * 10_000);
          const traded = (held: number) => (held < 1 ? null : at(held).decisions.some(({ quantity }) => quantity > 0));
          expect(traded(shares(band!.lower) + 3) ?? false).toBe(false);
          expect(traded(shares(band!.upper) - 3)).toBe(false);
          expect(traded(shares(band!.lower) - 40) ?? true).toBe(true);
          expect(traded(shares(band!.upper) + 40)).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a cash flow', () => {
  const flow = (amount: number, days: number): RebalanceRequest => ({
    rebalanceId: 'cash',
    targets: [],
    priority: 5,
    cashFlow: { amount, at: inDays(days) },
  });
  const invested = (result: CoordinationResult): number => limit(result, 'cash')!.value;

  it('that goes is raised by its date, evenly over the days left, and then kept', () => {
    // 10 % cash; 50 % of it all goes: 1 % is the buffer
    const short = (days: number) =>
      coordinated({
        ...world([flow(-500_000, days)], { parameters: { maxTurnover: 1 } }),
        instruments: [
          { id: 'A', held: 2000, halfSpread: 0.005 },
          { id: 'B', held: 2000 },
          { id: 'C', held: 2000 },
          { id: 'D', held: 2000 },
          { id: 'E', held: 1000 },
        ],
        cash: 100_000,
      });
    const now = short(0);
    expect(now.status).toBe('OPTIMAL');
    expect(invested(now)).toBeLessThanOrEqual(0.49 + 1e-9);
    expect(report(now, 'cash')).toMatchObject({ status: 'PARTLY_DONE', done: 1, cashLeft: 0 });
    // the dearest is sold last
    expect(weightOf(now, 'A')).toBeGreaterThan(weightOf(now, 'B'));
    const later = short(4);
    expect(limit(later, 'cash')!.bound).toBeCloseTo(0.99 - 0.09 - 0.41 / 5, 9);
    expect(report(later, 'cash').done).toBeCloseTo(1 / 5, 2);
    expect(report(later, 'cash').cashLeft).toBeCloseTo(0.41 * 0.8, 3);
    const after = coordinated({
      ...world([flow(-500_000, 0)]),
      signals: [{ on: 'A', strength: 1 }],
      instruments: [
        { id: 'A', held: 1000 },
        { id: 'B', held: 1000 },
      ],
      cash: 520_000,
      parameters: { maxPositionSize: 0.9 },
    });
    expect(invested(after)).toBeLessThanOrEqual(1 - 0.01 - 500_000 / 720_000 + 1e-9);
  });

  it('that comes does not count before its date', () => {
    const result = coordinated(world([flow(100_000, 3)]));
    expect(report(result, 'cash')).toMatchObject({ status: 'QUEUED', done: 0 });
    expect(result.decisions).toEqual([]);
  });
});
