import { validateCoordinationResponse } from '#contracts';
import { type CoordinationRequest, type CoordinationResponse, portfolioStream } from '#domain';
import { withPostgres } from '#testing';
import type { RebalanceReceipt } from '../rebalance/rebalance-queue.js';
import { type CommandApp, openCommandApp } from './command-app.js';
import { sampleMarket, samplePortfolio } from './sample-request.js';

const postgres = withPostgres();
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

describe('rebalance requests', () => {
  let command: CommandApp;
  beforeAll(async () => {
    command = await openCommandApp(await postgres.open(), postgres.url);
    await command.put('/portfolios/main/state', samplePortfolio());
  });
  afterAll(() => command.close());

  const request = (over: object = {}) => ({
    portfolio_id: 'main',
    targets: [{ instrument_id: 'CCC', target_weight: 0.02 }],
    priority: 10,
    ...over,
  });
  const coordinate = async (over: Partial<CoordinationRequest> = {}): Promise<CoordinationResponse> => {
    const answer = await command.post('/coordinate', {
      portfolio_id: 'main',
      signals: [],
      market_data: sampleMarket(),
      ...over,
    });
    expect(answer.status).toBe(201);
    const body = answer.json<CoordinationResponse>();
    expect(validateCoordinationResponse(body)).toEqual([]);
    return body;
  };
  const cancel = (id: string, portfolio = 'main') =>
    command.post(`/rebalance-requests/${id}/cancel?portfolio_id=${portfolio}`, {});
  const refused = async (over: object): Promise<readonly string[]> => {
    const before = (await command.store.readStream(portfolioStream('main'))).length;
    const answer = await command.post('/rebalance-requests', request(over));
    expect(answer.status).toBe(422);
    expect((await command.store.readStream(portfolioStream('main'))).length).toBe(before);
    expect(answer.json().errors.every(({ accepted }) => accepted !== undefined)).toBe(true);
    return answer.json().errors.map(({ pointer }) => pointer);
  };

  it('wait until a coordination of the stored portfolio takes them up, merged with those it brings, and end when they are done', async () => {
    const queued = await command.post('/rebalance-requests', request({ rebalance_id: 'q1', deadline: inDays(0.0001) }));
    expect(queued.status).toBe(201);
    expect(queued.headers['location']).toBe('/rebalance-requests/q1?portfolio_id=main');
    expect(queued.json<RebalanceReceipt>()).toMatchObject({
      portfolio_id: 'main',
      rebalance_id: 'q1',
      status: 'QUEUED',
    });

    const own = { rebalance_id: 'own', targets: [{ instrument_id: 'DDD', target_weight: 0.01 }] };
    const first = await coordinate({ rebalance_requests: [own] });
    expect(first.rebalances?.map(({ rebalance_id }) => rebalance_id)).toEqual(['own', 'q1']);
    expect(first.rebalances?.[1]).toMatchObject({ status: 'DONE', done: 1, left: [] });
    expect(first.limits.find(({ name }) => name === 'rebalance:CCC')).toMatchObject({
      broken_before: true,
      relaxed_by: 0,
    });

    // what was used is recorded: deciding it again from the log gives the same
    const [requested] = await command.store.readStream(`coordination-${first.coordination_id}`);
    expect(requested?.data).toMatchObject({ queued_rebalances: [{ rebalance_id: 'q1' }] });
    expect((await command.get(`/coordination/${first.coordination_id}/problem`)).status).toBe(200);

    // done: the next one neither has it nor buys again what is pending
    const second = await coordinate();
    expect(second.rebalances).toBeUndefined();
    expect(second.decisions.filter(({ action }) => action !== 'HOLD')).toEqual([]);
    expect((await cancel('q1')).json()).toMatchObject({ status: 409, code: 'FINISHED' });
  });

  it('go on over coordinations, and can be taken back in between', async () => {
    await command.post(
      '/rebalance-requests',
      request({ rebalance_id: 'q2', targets: [{ instrument_id: 'EEE', target_weight: 0.04 }] }),
    );
    const slow = { coordination_parameters: { max_turnover: 0.005 } };
    const [one, two] = [await coordinate(slow), await coordinate(slow)];
    expect(one.rebalances?.[0]).toMatchObject({
      rebalance_id: 'q2',
      status: 'PARTLY_DONE',
      left: [{ why: 'turnover' }],
    });
    expect(one.rebalances![0]!.best_time).toMatchObject({ waits_for: 'NEXT_COORDINATION' });
    expect(two.rebalances![0]!.left[0]!.weight_left).toBeLessThan(one.rebalances![0]!.left[0]!.weight_left);
    const cancelled = await cancel('q2');
    expect([cancelled.status, cancelled.json<RebalanceReceipt>().status]).toEqual([200, 'CANCELLED']);
    expect((await coordinate()).rebalances).toBeUndefined();
    const again = await cancel('q2');
    expect([again.status, again.json().type]).toEqual([409, '/problems/finished']);
  });

  it('are left out of coordinations that bring their own state, and give way to one of the same id', async () => {
    await command.post(
      '/rebalance-requests',
      request({ rebalance_id: 'q3', targets: [{ instrument_id: 'FFF', target_weight: 0.04 }] }),
    );
    const carried = await command.post('/coordinate', {
      portfolio_state: samplePortfolio(),
      signals: [],
      market_data: sampleMarket(),
    });
    expect(carried.json<CoordinationResponse>().rebalances).toBeUndefined();
    const instead = { rebalance_id: 'q3', targets: [{ instrument_id: 'FFF', target_weight: 0.001 }], tolerance: 0.01 };
    const body = await coordinate({ rebalance_requests: [instead] });
    expect(body.rebalances).toMatchObject([{ rebalance_id: 'q3', status: 'DONE' }]);
  });

  it('raise the cash of a withdrawal and keep it until a state from after its date is told', async () => {
    await command.put('/portfolios/cash/state', { ...samplePortfolio(), portfolio_id: 'cash', cash: 10_000 });
    const at = inDays(0.0001);
    await command.post(
      '/rebalance-requests',
      request({
        portfolio_id: 'cash',
        targets: [],
        reason: 'CASH_FLOW',
        rebalance_id: 'out',
        cash_flow: { amount: -40_000, at },
      }),
    );
    const loose = { coordination_parameters: { max_position_size: 1, max_turnover: 1, max_sector_weight: 1 } };
    const first = await coordinate({ portfolio_id: 'cash', ...loose });
    expect(first.rebalances).toMatchObject([{ rebalance_id: 'out', status: 'PARTLY_DONE', done: 1, cash_left: 0 }]);
    expect(first.decisions.some(({ action }) => action === 'SELL')).toBe(true);
    // still kept: nothing may buy with it
    const second = await coordinate({ portfolio_id: 'cash', ...loose });
    expect(second.limits.find(({ name }) => name === 'cash')?.bound).toBeLessThan(0.5);
    await command.put('/portfolios/cash/state', {
      ...samplePortfolio(),
      portfolio_id: 'cash',
      cash: 10_000,
      as_of: inDays(1),
      open_orders: [],
    });
    const last = await coordinate({ portfolio_id: 'cash', ...loose });
    expect(last.rebalances).toMatchObject([{ rebalance_id: 'out', status: 'DONE' }]);
    expect(last.limits.find(({ name }) => name === 'cash')?.bound).toBe(0.99);
  });

  it('are queued once for a key, with an id that is made where none is given', async () => {
    const post = () =>
      command.post('/rebalance-requests', request({ targets: [{ instrument_id: 'AAA', target_weight: 0.05 }] }), {
        'idempotency-key': 'once',
      });
    const answers = await Promise.all(Array.from({ length: 8 }, post));
    const ids = new Set(answers.map((answer) => answer.json<RebalanceReceipt>().rebalance_id));
    expect([...ids]).toEqual([expect.stringMatching(/^rb_[0-9a-f-]{36}$/)]);
    expect((await cancel([...ids][0]!)).status).toBe(200);
  });

  it('are refused where they cannot be meant', async () => {
    const target = (instrument_id: string, target_weight: number) => ({ instrument_id, target_weight });
    expect(await refused({ deadline: inDays(-1) })).toEqual(['/deadline']);
    expect(await refused({ cash_flow: { amount: -1, at: inDays(-1) } })).toEqual(['/cash_flow/at']);
    expect(await refused({ targets: [target('AAA', 0.7), target('BBB', 0.4)] })).toEqual(['/targets']);
    expect(await refused({ targets: [target('AAA', 0.1), target('AAA', 0.2)] })).toEqual(['/targets/1/instrument_id']);
    expect(await refused({ targets: [target('AAA', 1.5)] })).toEqual(['/targets/0/target_weight']);
    expect(await refused({ targets: [] })).toEqual(['/targets']);
    expect(await refused({ rebalance_id: 'q1' })).toEqual(['/rebalance_id']);
    expect(await refused({ portfolio_id: 'nobody' })).toEqual(['/portfolio_id']);
    expect(await refused({ tolerance: -1 })).toEqual(['/tolerance']);
    expect((await cancel('nothing')).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await command.post('/rebalance-requests/q1/cancel', {})).status).toBe(422);
  });
});
