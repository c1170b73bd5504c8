import { assessTrades } from '#engine';
import { PRIOR_LEARNED_STATE, toEngineInput } from '#domain';
import { demoMarket } from '#market-data';
import { Book } from './book.js';
import { RULES, walk } from './walk.js';
import { type RebalanceWorld, worldOf } from './world.js';

const { bars, instruments } = demoMarket();
const months = (world: RebalanceWorld, count: number): RebalanceWorld => ({
  ...world,
  days: world.days.slice(0, count + 1),
});
const world = months(worldOf('demonstration', bars, instruments), 3);
const taxed = { short_term_rate: 0.35, long_term_rate: 0.15 };

describe('a walk through the months', () => {
  it('knows nothing of the closes to come', () => {
    const last = world.days.at(-1)!;
    const n = bars.instruments.length;
    const moved = { ...bars, close: bars.close.map((close, at) => (at >= (last + 1) * n ? close * 1.5 : close)) };
    const other = months(worldOf('moved', moved, instruments), 3);
    for (const rule of RULES) expect(walk(other, rule, taxed)).toEqual(walk(world, rule, taxed));
  });

  it('pays tax only where there are rates, and trades less where it does', () => {
    for (const rule of RULES) expect(walk(world, rule, { short_term_rate: 0, long_term_rate: 0 }).taxBps).toBe(0);
    const [engine, calendar] = [walk(world, 'engine', taxed), walk(world, 'calendar-to-target', taxed)];
    expect(calendar.taxBps).toBeGreaterThan(engine.taxBps);
    expect(engine.turnover).toBeLessThan(calendar.turnover);
    for (const { costBps, taxBps, distanceBps, lostBps } of [engine, calendar]) {
      expect(lostBps).toBe(costBps + taxBps + distanceBps);
    }
  });
});

describe('a book', () => {
  const at = '2025-06-20T21:00:00.000Z';
  const day = bars.days.length - 1;
  const prices = (id: string): number => world.close(day, id);
  const [first, second] = world.bars.instruments as [string, string];
  const held = [{ instrument_id: first, quantity: 100, price: prices(first) / 2 }];
  const book = () => new Book(1e6, held, '2025-01-02T21:00:00.000Z');

  it('is worth after trades what it was before, less costs and tax', () => {
    const own = book();
    const before = own.value(prices);
    const request = { signals: [], market_data: world.marketOf(day), coordination_parameters: { tax: taxed } };
    const context = { asOf: at, portfolioState: own.state(at), learnedState: PRIOR_LEARNED_STATE };
    const trades = new Map([
      [first, -60],
      [second, 10],
    ]);
    const assessed = assessTrades(
      toEngineInput(request, context),
      [...trades].map(([instrumentId, quantity]) => ({ instrumentId, quantity })),
    );
    if ('invalid' in assessed) throw new Error(assessed.invalid.kind);
    own.execute(assessed, trades, at);
    const { spread, fee, impact, tax } = assessed.costBps;
    expect(tax).toBeCloseTo((1e4 * 0.35 * 60 * (prices(first) / 2)) / before, 6);
    expect(own.value(prices)).toBeCloseTo(before - ((spread + fee + impact + tax) * before) / 1e4, 2);
    expect([own.quantityOf(first), own.quantityOf(second)]).toEqual([40, 10]);
    expect(own.state(at).positions.map(({ tax_lots }) => tax_lots)).toMatchObject([
      [{ quantity: 40 }],
      [{ quantity: 10 }],
    ]);
  });
});
