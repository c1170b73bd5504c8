import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type {
  CoordinatedTradingDecision,
  CoordinationRequest,
  CoordinationResponse,
  ExecutionAnswer,
  ExecutionView,
  PortfolioState,
  ReportedFill,
} from '#domain';
import { ExecutionDeadlines } from '#event-store';
import { createHttpApp } from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels, type TimescaleReadModels } from '#read-models';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from '../command/e2e/command-app.js';
import { sampleMarket, samplePortfolio, sampleRequest, sampleSignal } from '../command/e2e/sample-request.js';
import { ExecutionExpiry } from '../command/execution/execution-expiry.js';
import { ProjectorModule } from '../projector/projector.module.js';
import { QueryModule } from '../query/query.module.js';

const AS_OF = Date.parse('2025-06-21T10:00:00Z');
const minutes = (n: number): string => new Date(AS_OF + n * 60_000).toISOString();

const log = withPostgres();
const reads = withPostgres();

/** Two command processes and a query process, each on databases of its own kind. */
describe('the life of a plan', () => {
  let here: CommandApp;
  let there: CommandApp;
  let query: NestFastifyApplication;
  let readModels: TimescaleReadModels;
  /** what the clocks are ahead by; milliseconds */
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);

  beforeAll(async () => {
    here = await openCommandApp(await log.open(), log.url, undefined, null, now);
    there = await openCommandApp(await log.open(), log.url, undefined, null, now);
    readModels = await openReadModels(await reads.open());
    const [cache, advance] = [new MemoryReadModelCache(), new AdvanceSignal()];
    query = await createHttpApp(
      [
        ProjectorModule.register({ eventStore: here.store, readModels, cache, advance, pollIntervalMs: 20 }),
        QueryModule.register({ readModels, cache, advance }),
      ],
      {
        settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 10_000, API_KEYS: [], LOG_LEVEL: 'silent' },
        service: 'query',
        description: { title: 'Query', description: 'Read models.', schemas: {} },
      },
    );
  });
  beforeEach(() => {
    ahead = 0;
  });
  afterAll(async () => {
    await query.close();
    await here.close();
    await there.close();
  });

  const buying = (over: Partial<CoordinationRequest>): CoordinationRequest =>
    sampleRequest({ signals: [1, 2, 3].map((n) => sampleSignal(n, { action: 'BUY' })), ...over });

  /** Of a stored portfolio of this name. */
  async function coordinate(portfolio_id: string, over: Partial<CoordinationRequest> = {}) {
    const { portfolio_state: _, ...request } = buying({ portfolio_id, ...over });
    const answer = await here.post('/coordinate', request);
    expect(answer.status).toBe(201);
    return answer.json<CoordinationResponse>();
  }
  const tell = async (portfolio_id: string, over: Partial<PortfolioState> = {}) =>
    here.put(`/portfolios/${portfolio_id}/state`, { ...samplePortfolio(), portfolio_id, currency: 'EUR', ...over });
  const traded = ({ decisions }: CoordinationResponse) => decisions.filter(({ action }) => action !== 'HOLD');
  const priceOf = (id: string): number => sampleMarket().instruments.find((i) => i.instrument_id === id)!.price;
  let fillNumber = 0;
  const fill = (d: CoordinatedTradingDecision, quantity: number, minute: number, over: Partial<ReportedFill> = {}) => ({
    fill_id: `fill-${(fillNumber += 1)}`,
    decision_id: d.decision_id,
    quantity,
    price: priceOf(d.instrument_id),
    filled_at: minutes(minute),
    ...over,
  });
  const report = (id: string, fills: readonly ReportedFill[], app = here, headers = {}) =>
    app.post(`/coordination/${id}/fills`, { fills }, headers);
  async function execution(id: string, position?: unknown, options = ''): Promise<ExecutionView> {
    const headers = typeof position === 'string' ? { 'coordination-position': position } : {};
    const answer = await query.inject({ url: `/coordination/${id}/execution${options}`, headers });
    expect([answer.statusCode, answer.body.slice(0, 200)]).toEqual([200, expect.any(String)]);
    return answer.json<ExecutionView>();
  }
  /** the portfolio that the next coordination is decided on */
  async function portfolioNow(portfolio_id: string): Promise<PortfolioState> {
    const { coordination_id } = await coordinate(portfolio_id, {
      signals: [],
      // nothing that would make it trade
      coordination_parameters: { max_position_size: 1, max_sector_weight: 1, risk_budget_limit: 1, cash_buffer: 0 },
    });
    const [requested] = await here.store.readStream(`coordination-${coordination_id}`);
    return (requested?.data as { stored_portfolio_state: PortfolioState }).stored_portfolio_state;
  }
  const openOf = (state: PortfolioState, id: string): number =>
    state.open_orders?.find(({ instrument_id }) => instrument_id === id)?.quantity ?? 0;
  const heldOf = (state: PortfolioState, id: string): number =>
    state.positions.find(({ instrument_id }) => instrument_id === id)?.quantity ?? 0;

  it('from plan to shortfall: pieces fill, the portfolio follows, the next coordination counts the rest', async () => {
    await tell('life');
    const decided = await coordinate('life');
    const id = decided.coordination_id;
    const [first, ...others] = traded(decided);
    expect(others.length).toBeGreaterThan(0);
    const before = heldOf(samplePortfolio(), first!.instrument_id);

    const planned = await execution(id, (await here.store.lastPosition()).toString());
    expect(planned).toMatchObject({ status: 'PLANNED', version: 0, total: { progress: 0 }, replans: [] });
    expect(planned.orders.map((o) => [o.decision_id, o.quantity])).toEqual(
      traded(decided).map((d) => [d.decision_id, d.quantity]),
    );

    const half = Math.floor(first!.quantity / 2);
    const price = priceOf(first!.instrument_id) * 1.001;
    const answer = await report(id, [fill(first!, half, 10, { price, costs: 3, currency: 'EUR', venue: 'XETR' })]);
    expect(answer.status).toBe(200);
    expect(answer.json<ExecutionAnswer>()).toMatchObject({ accepted: 1, duplicates: [], warnings: [] });
    const working = await execution(id, answer.headers['coordination-position']);
    expect(working).toMatchObject({ status: 'WORKING', portfolio_id: 'life' });
    expect(working.orders[0]).toMatchObject({
      filled_quantity: half,
      open_quantity: first!.quantity - half,
      vwap: price,
    });
    expect(working.orders[0]!.slippage_bps).toBeCloseTo(10, 6);
    // what the command side answered is what the query side shows, of the order it was about
    expect(working.orders[0]).toEqual(answer.json<ExecutionAnswer>().execution.orders[0]);

    const state = await portfolioNow('life');
    expect(heldOf(state, first!.instrument_id)).toBe(before + half);
    expect(openOf(state, first!.instrument_id)).toBe(first!.quantity - half);
    expect(openOf(state, others[0]!.instrument_id)).toBe(others[0]!.quantity);
    expect(state.cash).toBeCloseTo(samplePortfolio().cash - half * price - 3, 6);

    // the query side shows the same portfolio
    const shown = await query.inject({
      url: '/portfolio-state/current?portfolio_id=life',
      headers: { 'coordination-position': (await here.store.lastPosition()).toString() },
    });
    expect(shown.json()).toEqual(state);

    const rest = traded(decided).map((d) => fill(d, d === first ? d.quantity - half : d.quantity, 20));
    const last = await report(id, rest, there);
    expect(last.json<ExecutionAnswer>().execution).toMatchObject({ status: 'DONE', total: { progress: 1 } });
    const done = await execution(id, last.headers['coordination-position'], '?fills=true');
    expect(done).toMatchObject({ status: 'DONE', total: { costs: 3, progress: 1 } });
    expect(done.fills).toHaveLength(rest.length + 1);
    const { spread, impact, delay, opportunity, fees, total } = done.shortfall!;
    expect(spread + impact + delay + opportunity + fees).toBe(total);
    expect([total, fees, opportunity]).toEqual([expect.closeTo(half * price * (0.001 / 1.001) + 3, 6), 3, 0]);
    expect(done.orders.reduce((sum, order) => sum + order.shortfall!.total, 0)).toBe(total);
    expect((await portfolioNow('life')).open_orders ?? []).toEqual([]);

    const metrics = (await here.get('/metrics')).text;
    expect(metrics).toMatch(/coordination_fills_total\{outcome="accepted"\} \d+/);
    expect(metrics).toMatch(/coordination_implementation_shortfall_bps_count 1/);
  });

  it('knows a fill that it has: again alone, among others, under a key, by another process', async () => {
    await tell('again');
    const decided = await coordinate('again');
    const [first] = traded(decided);
    const id = decided.coordination_id;
    const one = fill(first!, 5, 3);
    const keyed = { 'idempotency-key': 'k1' };
    const answer = await report(id, [one], here, keyed);
    const repeated = await report(id, [one], there, keyed);
    expect(repeated.headers['idempotency-replayed']).toBe('true');
    expect(repeated.json()).toEqual(answer.json());
    const version = (await here.store.readStream(`execution-${id}`)).length;
    expect((await report(id, [one])).json<ExecutionAnswer>()).toMatchObject({ accepted: 0, duplicates: [one.fill_id] });
    expect((await report(id, [one], there)).json<ExecutionAnswer>()).toMatchObject({ accepted: 0 });
    expect(await here.store.readStream(`execution-${id}`)).toHaveLength(version);
    const mixed = await report(id, [one, fill(first!, 6, 4)], there);
    expect(mixed.json<ExecutionAnswer>()).toMatchObject({ accepted: 1, duplicates: [one.fill_id] });
    expect((await portfolioNow('again')).positions).toContainEqual(
      expect.objectContaining({ quantity: heldOf(samplePortfolio(), first!.instrument_id) + 11 }),
    );
    const other = await report(id, [{ ...one, price: one.price + 1 }], there);
    expect([other.status, other.json().errors[0]!.pointer]).toEqual([422, '/fills/0/fill_id']);
  });

  it('is never filled beyond what was decided, whoever reports at the same time', async () => {
    await tell('race');
    const decided = await coordinate('race');
    const id = decided.coordination_id;
    const [first] = traded(decided);
    const part = Math.ceil(first!.quantity / 10);
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, n) => report(id, [fill(first!, part, 1 + (n % 5))], n % 2 === 0 ? here : there)),
    );
    const statuses = answers.map(({ status }) => status);
    const accepted = statuses.filter((status) => status === 200).length;
    expect(new Set(statuses)).toEqual(new Set([200, 422]));
    expect(accepted).toBe(Math.floor(first!.quantity / part));
    const view = await execution(id, (await here.store.lastPosition()).toString());
    expect(view.orders.find((o) => o.decision_id === first!.decision_id)!.filled_quantity).toBe(accepted * part);
    const state = await portfolioNow('race');
    expect(heldOf(state, first!.instrument_id)).toBe(heldOf(samplePortfolio(), first!.instrument_id) + accepted * part);
  });

  it('is planned again when the price moves, under the limits, and the portfolio learns what no longer fits', async () => {
    await tell('moved', { cash: 60_000 });
    const decided = await coordinate('moved', { coordination_parameters: { max_turnover: 1, cash_buffer: 0.01 } });
    const id = decided.coordination_id;
    const bought = traded(decided).find(({ action }) => action === 'BUY')!;
    const small = await here.post(`/coordination/${id}/market-update`, {
      as_of: minutes(5),
      prices: [{ instrument_id: bought.instrument_id, price: priceOf(bought.instrument_id) * 1.01 }],
    });
    expect(small.json<ExecutionAnswer>().replanned).toBeUndefined();
    const update = {
      as_of: minutes(6),
      prices: [{ instrument_id: bought.instrument_id, price: priceOf(bought.instrument_id) * 5 }],
    };
    const moved = await here.post(`/coordination/${id}/market-update`, update);
    const { replanned, warnings } = moved.json<ExecutionAnswer>();
    expect(warnings).toEqual([]);
    expect(replanned).toMatchObject({ reason: 'PRICE_MOVE', as_of: minutes(6) });
    const cut = replanned!.released.find(({ decision_id }) => decision_id === bought.decision_id)!;
    expect(cut.quantity).toBeGreaterThan(0);
    const view = await execution(id, moved.headers['coordination-position']);
    expect(view.replans).toEqual([replanned]);
    const order = view.orders.find((o) => o.decision_id === bought.decision_id)!;
    expect(order.open_quantity).toBe(bought.quantity - cut.quantity);
    expect(openOf(await portfolioNow('moved'), bought.instrument_id)).toBe(order.open_quantity);
    // told again: nothing happens
    const events = (await here.store.readStream(`execution-${id}`)).length;
    expect((await here.post(`/coordination/${id}/market-update`, update)).status).toBe(200);
    expect(await here.store.readStream(`execution-${id}`)).toHaveLength(events);
  });

  it('is planned again when a slice ends unfilled, within the time that is left', async () => {
    const request = buying({ portfolio_state: { ...samplePortfolio(), portfolio_id: 'own' } });
    // a Saturday: a market that never closes
    const market_data = { ...sampleMarket(), calendar: 'CONTINUOUS' };
    const answer = await here.post('/coordinate', { ...request, market_data });
    const decided = answer.json<CoordinationResponse>();
    const [first] = traded(decided);
    const reported = await report(decided.coordination_id, [fill(first!, 1, 45)]);
    const { replanned, execution: after } = reported.json<ExecutionAnswer>();
    expect(replanned).toMatchObject({ reason: 'PARTIAL_FILL' });
    const order = after.orders.find((o) => o.decision_id === first!.decision_id)!;
    expect(Date.parse(order.plan.start_at)).toBeGreaterThanOrEqual(AS_OF + 45 * 60_000);
    expect(order.plan.slices.reduce((sum, slice) => sum + slice.quantity, 0)).toBe(first!.quantity - 1);
    // a portfolio that its caller keeps has no stream
    expect(await here.store.readStream('portfolio-own')).toEqual([]);
  });

  it('can be cancelled in part and as a whole; what was filled before counts whenever it is reported', async () => {
    await tell('cancelled');
    const decided = await coordinate('cancelled');
    const id = decided.coordination_id;
    const [first, second] = traded(decided);
    const cancel = { decision_ids: [first!.decision_id], reason: 'the client asked', cancelled_at: minutes(12) };
    const answer = await here.post(`/coordination/${id}/cancel`, cancel);
    expect(answer.status).toBe(200);
    expect(answer.json<ExecutionAnswer>().replanned).toMatchObject({ reason: 'ORDERS_CANCELLED' });
    expect(openOf(await portfolioNow('cancelled'), first!.instrument_id)).toBe(0);
    expect((await report(id, [fill(first!, 7, 11)], there)).status).toBe(200);
    const late = await report(id, [fill(first!, 1, 13)]);
    expect([late.status, late.json().errors[0]!.accepted]).toEqual([422, `fills executed until ${minutes(12)}`]);

    const all = await there.post(`/coordination/${id}/cancel`, { reason: 'enough' });
    expect(all.json<ExecutionAnswer>().execution).toMatchObject({ status: 'CANCELLED' });
    const view = await execution(id, all.headers['coordination-position']);
    expect(view).toMatchObject({ status: 'CANCELLED' });
    expect(view.shortfall).toBeDefined();
    const state = await portfolioNow('cancelled');
    expect(state.open_orders ?? []).toEqual([]);
    expect(heldOf(state, first!.instrument_id)).toBe(heldOf(samplePortfolio(), first!.instrument_id) + 7);
    // again
    expect((await here.post(`/coordination/${id}/cancel`, { reason: 'again' })).status).toBe(200);
    expect((await report(id, [fill(second!, 1, 59)])).status).toBe(422);
  });

  it('ends with its time: the watch releases what is left, in one process, once', async () => {
    await tell('expired');
    await tell('untouched');
    const decided = await coordinate('expired');
    const untouched = await coordinate('untouched');
    const [first] = traded(decided);
    await report(decided.coordination_id, [fill(first!, 3, 2)]);
    const watches = [here, there].map(({ app }) => app.get(ExecutionExpiry, { strict: false }));
    const lookAll = async () => {
      let ended = 0;
      // what is due may be more than one look takes
      for (let i = 0; i < 3; i++) for (const watch of watches) ended += await watch.look();
      return ended;
    };
    expect(await lookAll()).toBe(0);
    ahead = 8 * 24 * 3_600_000;
    expect((await execution(decided.coordination_id)).orders[0]!.open_quantity).toBeGreaterThan(0);
    await lookAll();
    expect(await lookAll()).toBe(0);
    const events = await here.store.readStream(`execution-${decided.coordination_id}`);
    expect(events.filter(({ type }) => type === 'orders_expired')).toHaveLength(1);
    const position = (await here.store.lastPosition()).toString();
    expect(await execution(decided.coordination_id, position)).toMatchObject({ status: 'EXPIRED' });
    expect(await execution(untouched.coordination_id, position)).toMatchObject({
      status: 'EXPIRED',
      total: { progress: 0 },
    });
    const state = await portfolioNow('untouched');
    expect(state.open_orders ?? []).toEqual([]);
    // a fill from before the end, reported after it
    const late = await report(decided.coordination_id, [fill(first!, 4, 3)]);
    expect(late.status).toBe(200);
    expect(late.json<ExecutionAnswer>().execution.orders[0]).toMatchObject({ filled_quantity: 7, status: 'EXPIRED' });
    const after = await report(decided.coordination_id, [fill(first!, 1, 60 * 24 * 3)]);
    expect(after.status).toBe(422);
  });

  it('lets one process watch at a time, and another when it is gone', async () => {
    const deadlines = new ExecutionDeadlines(await log.open());
    for (const { app } of [here, there]) await app.get(ExecutionExpiry, { strict: false }).onApplicationShutdown();
    expect(await deadlines.watch('one', 60_000)).toBe(true);
    expect(await deadlines.watch('two', 60_000)).toBe(false);
    await deadlines.note('two', 1_000_000n, []);
    expect((await deadlines.openings()).upTo).toBeLessThan(1_000_000n);
    await deadlines.release('one');
    expect(await deadlines.watch('two', 60_000)).toBe(true);
    await deadlines.release('two');
  });

  describe('refuses, with a pointer and what would be accepted, and stores nothing', () => {
    let decided: CoordinationResponse;
    let some: CoordinatedTradingDecision;
    beforeAll(async () => {
      await tell('refused');
      decided = await coordinate('refused', { signals: [1, 2, 3, 5].map((n) => sampleSignal(n)) });
      some = traded(decided)[0]!;
    });
    const bad = (over: object) => [{ ...fill(some, 1, 5), ...over }];

    it.each<[string, () => readonly object[], string]>([
      ['an overfill', () => bad({ quantity: 1e9 }), '/fills/0/quantity'],
      ['a fill before the order', () => bad({ filled_at: minutes(-1) }), '/fills/0/filled_at'],
      ['a fill from the future', () => bad({ filled_at: '2199-01-01T00:00:00Z' }), '/fills/0/filled_at'],
      ['an unknown decision', () => bad({ decision_id: 'decision_999' }), '/fills/0/decision_id'],
      ['another currency', () => bad({ currency: 'USD' }), '/fills/0/currency'],
      ['a negative price', () => bad({ price: -1 }), '/fills/0/price'],
      ['no quantity', () => bad({ quantity: 0 }), '/fills/0/quantity'],
      ['a price that is no number', () => bad({ price: 'NaN' }), '/fills/0/price'],
      ['an unknown field', () => bad({ side: 'BUY' }), '/fills/0/side'],
      ['no fills', () => [], '/fills'],
      ['one bad fill among good ones', () => [fill(some, 1, 5), fill(some, 1e9, 6)], '/fills/1/quantity'],
    ])('%s', async (_, fills, pointer) => {
      const answer = await here.post(`/coordination/${decided.coordination_id}/fills`, { fills: fills() });
      expect(answer.status).toBe(422);
      const [error] = answer.json().errors;
      expect(error!.pointer).toBe(pointer);
      expect(error!.accepted).toEqual(expect.any(String));
      expect(await here.store.readStream(`execution-${decided.coordination_id}`)).toEqual([]);
    });

    it('NaN, which JSON has not', async () => {
      const text = JSON.stringify({ fills: bad({}) }).replace(/"price":\d+/, '"price":NaN');
      expect((await here.post(`/coordination/${decided.coordination_id}/fills`, text)).status).toBe(400);
    });

    it('an unknown coordination, on both sides', async () => {
      expect((await report('coord_20250621_999999', [fill(some, 1, 5)])).status).toBe(404);
      expect((await query.inject({ url: '/coordination/coord_20250621_999999/execution' })).statusCode).toBe(404);
    });

    it('a cancellation of what is not there, and an update of what is not traded', async () => {
      const cancel = await here.post(`/coordination/${decided.coordination_id}/cancel`, {
        decision_ids: ['decision_999'],
        reason: 'x',
      });
      expect([cancel.status, cancel.json().errors[0]!.pointer]).toEqual([422, '/decision_ids/0']);
      const update = await here.post(`/coordination/${decided.coordination_id}/market-update`, {
        as_of: minutes(1),
        prices: [{ instrument_id: 'ZZZ', price: 1 }],
      });
      expect([update.status, update.json().errors[0]!.pointer]).toEqual([422, '/prices/0/instrument_id']);
    });
  });

  it('could all be folded', async () => {
    const headers = { 'coordination-position': (await here.store.lastPosition()).toString() };
    expect((await query.inject({ url: '/decisions?limit=1', headers })).statusCode).toBe(200);
    expect(await readModels.deadLetters()).toEqual([]);
  });
});
