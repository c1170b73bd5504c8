import type {
  CoordinationRequest,
  CoordinationResponse,
  OrdersReleased,
  PortfolioFilled,
  PortfolioState,
} from '#domain';
import { portfolioStream } from '#domain';
import { schemaVersionOf } from '#contracts';
import { withPostgres } from '#testing';
import type { BatchLine } from '../coordination/coordinate-batch.js';
import { eventMetadata, internalContext } from '../command-context.js';
import { type CommandApp, openCommandApp } from './command-app.js';
import { sampleMarket, samplePortfolio, sampleSignal } from './sample-request.js';

const postgres = withPostgres();

const LIMITS = { max_position_size: 0.1, max_sector_weight: 0.22, risk_budget_limit: 0.02, max_turnover: 0.05 };

/** All of them want to buy the same things: together far more than any limit allows. */
const greedy = (portfolio_id: string, n: number): CoordinationRequest => ({
  portfolio_id,
  as_of: '2025-06-21T10:00:00Z',
  signals: [1, 2, 3, 5].map((i) => sampleSignal(i, { signal_id: `s${n}-${i}`, action: 'BUY' })),
  market_data: sampleMarket(),
  coordination_parameters: LIMITS,
});

/** Two processes on one database. */
describe('coordinations of one stored portfolio at the same time', () => {
  let here: CommandApp;
  let there: CommandApp;
  beforeAll(async () => {
    here = await openCommandApp(await postgres.open(), postgres.url);
    there = await openCommandApp(await postgres.open(), postgres.url);
  });
  afterAll(async () => {
    await here.close();
    await there.close();
  });

  const tell = async (portfolio_id: string, over: Partial<PortfolioState> = {}) =>
    here.put(`/portfolios/${portfolio_id}/state`, { ...samplePortfolio(), portfolio_id, ...over });

  /** Everything that was decided, traded at once. */
  function traded(state: PortfolioState, answers: readonly CoordinationResponse[]) {
    const prices = new Map(sampleMarket().instruments.map((i) => [i.instrument_id, i]));
    const shares = new Map(state.positions.map((p) => [p.instrument_id, p.quantity]));
    let { cash } = state;
    for (const { action, instrument_id, quantity } of answers.flatMap((answer) => answer.decisions)) {
      const signed = action === 'BUY' ? quantity : action === 'SELL' ? -quantity : 0;
      shares.set(instrument_id, (shares.get(instrument_id) ?? 0) + signed);
      cash -= signed * (prices.get(instrument_id)?.price ?? NaN);
    }
    const valueOf = (id: string) => (shares.get(id) ?? 0) * (prices.get(id)?.price ?? NaN);
    const nav = cash + [...shares.keys()].reduce((sum, id) => sum + valueOf(id), 0);
    const weights = new Map([...shares.keys()].map((id) => [id, valueOf(id) / nav]));
    const sector = (name: string) =>
      [...weights].reduce((sum, [id, w]) => sum + (prices.get(id)?.sector === name ? w : 0), 0);
    return { weights, cash: cash / nav, sectors: [sector('Even'), sector('Odd')] };
  }

  function expectWithinLimits({ weights, cash, sectors }: ReturnType<typeof traded>) {
    for (const weight of weights.values()) expect(weight).toBeLessThanOrEqual(LIMITS.max_position_size + 1e-6);
    for (const weight of sectors) expect(weight).toBeLessThanOrEqual(LIMITS.max_sector_weight + 1e-6);
    expect(cash).toBeGreaterThanOrEqual(0.01 - 1e-6);
  }

  const appliedTo = async (id: string) =>
    (await here.store.readStream(portfolioStream(id))).filter(({ type }) => type === 'coordination_applied');
  // both run in this process, which has one registry of metrics
  const conflicts = async (outcome: string): Promise<number> => {
    const metrics = (await here.get('/metrics')).text;
    return Number(new RegExp(`portfolio_conflicts_total{outcome="${outcome}"} (\\d+)`).exec(metrics)?.[1] ?? 0);
  };

  it('take turns in a process: fifty at once keep every limit together, and none is decided twice', async () => {
    const state = { ...samplePortfolio(), portfolio_id: 'one' };
    await tell('one');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => here.post('/coordinate', greedy('one', n))));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 50 }, () => 201));
    const bodies = answers.map((answer) => answer.json<CoordinationResponse>());
    const together = traded(state, bodies);
    expectWithinLimits(together);
    // and they do use what the limits leave
    expect(Math.max(...together.sectors)).toBeGreaterThan(0.9 * LIMITS.max_sector_weight);
    expect(await conflicts('RETRIED')).toBe(0);
    expect(await appliedTo('one')).toHaveLength(50);
    // each says on what it was decided
    const versions = await Promise.all(
      bodies.map(async ({ coordination_id }) => (await here.store.readStream(`coordination-${coordination_id}`))[0]),
    );
    const pending = versions.map(
      (event) => (event?.data as { stored_portfolio_state: PortfolioState }).stored_portfolio_state.open_orders ?? [],
    );
    expect(pending.filter((orders) => orders.length === 0).length).toBeLessThanOrEqual(1);
  });

  it('meet those of another process: fifty at once over two keep every limit together, with bounded retries', async () => {
    const state = { ...samplePortfolio(), portfolio_id: 'two' };
    await tell('two');
    const send = async (n: number) => {
      const app = n % 2 === 0 ? here : there;
      let answer = await app.post('/coordinate', greedy('two', n));
      // sent away for now: as Retry-After says
      for (let again = 0; answer.status === 409 && again < 5; again++)
        answer = await app.post('/coordinate', greedy('two', n));
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => send(n)));
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 50 }, () => 201));
    expectWithinLimits(
      traded(
        state,
        answers.map((answer) => answer.json<CoordinationResponse>()),
      ),
    );
    expect(await appliedTo('two')).toHaveLength(50);
    // each conflict is a success of the other process: the work is bounded
    const [retried, givenUp] = [await conflicts('RETRIED'), await conflicts('GIVEN_UP')];
    expect(retried).toBeGreaterThan(0);
    expect(retried + givenUp).toBeLessThanOrEqual(50);
  });

  it.each([
    ['a list', {}],
    ['a stream', { accept: 'application/x-ndjson' }],
  ])('see each other in a batch answered as %s', async (kind, headers) => {
    const id = `batch-${kind}`;
    const state = { ...samplePortfolio(), portfolio_id: id };
    await tell(id);
    const list = Array.from({ length: 12 }, (_, n) => greedy(id, n));
    // another process and single requests in between
    const [batch, ...single] = await Promise.all([
      here.post('/batch-coordinate', list, headers),
      ...[20, 21, 22].map((n) => there.post('/coordinate', greedy(id, n))),
      ...[30, 31].map((n) => here.post('/coordinate', greedy(id, n))),
    ]);
    const bodies =
      kind === 'a list'
        ? batch.json<CoordinationResponse[]>()
        : batch.text
            .trimEnd()
            .split('\n')
            .flatMap((line) => (JSON.parse(line) as BatchLine).response ?? []);
    expect(bodies).toHaveLength(12);
    const all = [...bodies, ...single.map((answer) => answer.json<CoordinationResponse>())];
    expectWithinLimits(traded(state, all));
    expect(await appliedTo(id)).toHaveLength(17);
  });

  it('count what earlier ones have in the market until it is filled or released', async () => {
    await tell('pending');
    const first = (await here.post('/coordinate', greedy('pending', 1))).json<CoordinationResponse>();
    const buy = first.decisions.find(({ action }) => action === 'BUY');
    if (buy === undefined) throw new Error('nothing was bought');
    const openOrders = async () => {
      const { coordination_id } = (
        await here.post('/coordinate', { ...greedy('pending', 2), signals: [] })
      ).json<CoordinationResponse>();
      const [requested] = await here.store.readStream(`coordination-${coordination_id}`);
      const state = (requested?.data as { stored_portfolio_state: PortfolioState }).stored_portfolio_state;
      return {
        ...state,
        open: state.open_orders?.find(({ instrument_id }) => instrument_id === buy.instrument_id)?.quantity,
      };
    };
    expect((await openOrders()).open).toBe(buy.quantity);

    const { coordination_id } = first;
    const order = { decision_id: buy.decision_id, instrument_id: buy.instrument_id };
    const filled: PortfolioFilled['data'] = {
      portfolio_id: 'pending',
      coordination_id,
      fills: [{ ...order, fill_id: 'f', quantity: 10, price: 60, filled_at: '2025-06-21T10:30:00Z' }],
    };
    const released: OrdersReleased['data'] = {
      portfolio_id: 'pending',
      coordination_id,
      orders: [{ ...order, quantity: buy.quantity - 15, reason: 'EXPIRED' }],
    };
    await there.store.append({
      streams: [
        {
          stream: portfolioStream('pending'),
          expectedVersion: (await here.store.readStream(portfolioStream('pending'))).length,
          events: [
            { type: 'portfolio_filled', data: filled, schemaVersion: schemaVersionOf('portfolio_filled') },
            { type: 'orders_released', data: released, schemaVersion: schemaVersionOf('orders_released') },
          ],
        },
      ],
      metadata: eventMetadata(internalContext('test', 'test')),
    });
    const after = await openOrders();
    expect(after.open).toBe(5);
    expect(after.cash).toBe(samplePortfolio().cash - 600);
  });

  it('are stored with the portfolio or not at all: an answer says what is pending, a dry run leaves nothing', async () => {
    await tell('dry');
    const dry = await here.post('/coordinate?dry_run=true', greedy('dry', 1));
    expect(dry.status).toBe(200);
    expect(await appliedTo('dry')).toEqual([]);
    const stored = await here.post('/coordinate', greedy('dry', 1), { 'idempotency-key': 'k' });
    const again = await here.post('/coordinate', greedy('dry', 1), { 'idempotency-key': 'k' });
    expect(again.json<CoordinationResponse>()).toEqual(stored.json<CoordinationResponse>());
    const [applied, ...others] = await appliedTo('dry');
    expect(others).toEqual([]);
    expect(applied?.data).toMatchObject({
      coordination_id: stored.json<CoordinationResponse>().coordination_id,
      orders: stored
        .json<CoordinationResponse>()
        .decisions.filter(({ action }) => action !== 'HOLD')
        .map(({ decision_id, instrument_id, quantity }) => ({ decision_id, instrument_id, quantity })),
    });
    expect(stored.headers['coordination-position']).toBe(applied?.position.toString());
  });
});
