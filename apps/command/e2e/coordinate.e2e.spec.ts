import { validateCoordinationResponse } from '#contracts';
import type { CoordinationRequest, CoordinationRequested, CoordinationResponse, MarketData } from '#domain';
import type { SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { EngineBusyError } from '../engine-pool/engine.js';
import { type CommandApp, openCommandApp } from './command-app.js';
import { sampleMarket, samplePortfolio, sampleRequest, sampleSignal } from './sample-request.js';

// outside, so that it ends after the application
const postgres = withPostgres();

/** For requests that name a stored one. */
function withoutPortfolio(): CoordinationRequest {
  const { signals, market_data, as_of } = sampleRequest();
  return { signals, ...(market_data ? { market_data } : {}), ...(as_of ? { as_of } : {}) };
}

describe('POST /coordinate', () => {
  let db: SqlDatabase;
  let command: CommandApp;
  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
  });
  afterAll(() => command.close());

  const count = async (table: string): Promise<number> =>
    (await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`))[0]?.n ?? -1;

  it('answers what it has stored: events, session and decisions', async () => {
    const request = sampleRequest();
    const answer = await command.post('/coordinate', request, { 'x-request-id': 'order-1' });
    expect(answer.status).toBe(201);
    const body = answer.json<CoordinationResponse>();
    expect(validateCoordinationResponse(body)).toEqual([]);
    expect(body.coordination_id).toMatch(/^coord_\d{8}_001$/);
    expect(body.decisions.some((d) => d.action === 'BUY' && d.quantity > 0)).toBe(true);
    expect(body.processing_time_ms).toBeGreaterThan(0);
    expect(answer.headers['location']).toBe(`/coordination/${body.coordination_id}`);

    const events = await command.store.readStream(`coordination-${body.coordination_id}`);
    expect(events.map((e) => e.type)).toEqual(['coordination_requested', 'coordination_completed']);
    expect(answer.headers['coordination-position']).toBe(String(events[1]?.position));
    expect(events[0]?.data).toMatchObject({
      request,
      portfolio_id: 'main',
      as_of: request.as_of,
      learned_state_id: 'prior',
    });
    const { coordination_id, processing_time_ms, ...outcome } = body;
    expect(events[1]?.data).toMatchObject({ coordination_id, outcome });
    expect(events[1]?.metadata).toMatchObject({
      correlation_id: 'order-1',
      actor: 'local',
      runtime_version: process.version,
      processing_time_ms,
    });

    const [session] = await db.query('SELECT * FROM coordination_sessions WHERE coordination_id = $1', [
      coordination_id,
    ]);
    expect(session).toMatchObject({
      signals_processed: 4,
      decisions_generated: body.decisions.length,
      processing_time_ms,
    });
    const rows = await db.query<{ decision_id: string; action: string; quantity: number }>(
      'SELECT decision_id, action, quantity FROM coordination_decisions WHERE coordination_id = $1 ORDER BY decision_id',
      [coordination_id],
    );
    const decided = body.decisions.map(({ decision_id, action, quantity }) => ({ decision_id, action, quantity }));
    expect(rows).toEqual([...decided].sort((a, b) => (a.decision_id < b.decision_id ? -1 : 1)));
  });

  it('answers no signals at all, and 1,000 of them', async () => {
    const none = await command.post('/coordinate', sampleRequest({ signals: [] }));
    expect(none.status).toBe(201);
    expect(none.json<CoordinationResponse>()).toMatchObject({ decisions: [], rejected_signals: [] });
    const many = await command.post(
      '/coordinate',
      sampleRequest({ signals: Array.from({ length: 1_000 }, (_, n) => sampleSignal(n)) }),
    );
    expect(many.status).toBe(201);
    expect(many.json<CoordinationResponse>().coordination_summary.total_signals_processed).toBe(1_000);
  });

  it('takes the time of the service where the request names none', async () => {
    const { as_of: given, ...request } = sampleRequest({ signals: [] });
    const body = (await command.post('/coordinate', request)).json<CoordinationResponse>();
    expect(body.as_of).not.toBe(given);
    expect(Math.abs(Date.parse(body.as_of) - Date.now())).toBeLessThan(60_000);
  });

  it('computes and stores nothing with dry_run', async () => {
    const before = [await count('events'), await count('coordination_sessions'), await count('idempotency_records')];
    const answer = await command.post('/coordinate?dry_run=true', sampleRequest(), { 'idempotency-key': 'dry' });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.headers).not.toHaveProperty('coordination-position');
    const body = answer.json<CoordinationResponse>();
    expect(body.coordination_id).toMatch(/_000$/);
    expect(body.decisions.length).toBeGreaterThan(0);
    expect([await count('events'), await count('coordination_sessions'), await count('idempotency_records')]).toEqual(
      before,
    );
    expect((await command.post('/coordinate?dry_run=maybe', sampleRequest())).json().errors[0]?.pointer).toBe(
      '/dry_run',
    );
  });

  describe('with an Idempotency-Key', () => {
    const send = (app: CommandApp, key: string, body: unknown = sampleRequest()) =>
      app.post('/coordinate', body, { 'idempotency-key': key });

    it('coordinates once for 20 concurrent requests, and gives the first answer for ever', async () => {
      const before = await count('coordination_sessions');
      const answers = await Promise.all(Array.from({ length: 20 }, () => send(command, 'twenty')));
      expect(answers.map((a) => a.status)).toEqual(Array.from({ length: 20 }, () => 201));
      expect(new Set(answers.map((a) => a.text)).size).toBe(1);
      expect(new Set(answers.map((a) => a.headers['coordination-position'])).size).toBe(1);
      expect(await count('coordination_sessions')).toBe(before + 1);
      expect(answers.filter((a) => a.headers['idempotency-replayed'] === undefined)).toHaveLength(1);

      const later = await send(command, 'twenty');
      expect(later.text).toBe(answers[0]?.text);
      expect(later.headers).toMatchObject({
        'idempotency-replayed': 'true',
        location: answers[0]?.headers['location'],
        'coordination-position': answers[0]?.headers['coordination-position'],
      });
    });

    it('coordinates once where two processes get the key at the same time', async () => {
      const other = await openCommandApp(await postgres.open(), postgres.url);
      try {
        const before = await count('coordination_sessions');
        const answers = await Promise.all([command, other, command, other].map((app) => send(app, 'two processes')));
        expect(answers.map((a) => a.status)).toEqual([400, 400, 400, 400]);
        const keyed = await Promise.all([command, other, command, other].map((app) => send(app, 'two-processes')));
        expect(keyed.map((a) => a.status)).toEqual([201, 201, 201, 201]);
        expect(new Set(keyed.map((a) => a.text)).size).toBe(1);
        expect(await count('coordination_sessions')).toBe(before + 1);
      } finally {
        await other.close();
      }
    });

    it('refuses another body, and takes the same one in another order', async () => {
      const first = await send(command, 'order');
      const { as_of, ...rest } = sampleRequest();
      expect((await send(command, 'order', { ...rest, as_of })).text).toBe(first.text);
      const other = await send(command, 'order', sampleRequest({ as_of: '2025-06-21T10:00:01Z' }));
      expect([other.status, other.json().type]).toEqual([422, '/problems/idempotency-key-reused']);
    });

    it('keeps nothing of a refused request: the key is free', async () => {
      expect((await send(command, 'free', sampleRequest({ config_name: 'nowhere' }))).status).toBe(422);
      expect((await send(command, 'free')).status).toBe(201);
    });
  });

  describe('what it refers to', () => {
    const refused = async (over: Partial<CoordinationRequest>) => {
      const before = await count('events');
      const answer = await command.post('/coordinate', sampleRequest(over));
      expect(await count('events')).toBe(before);
      const { status, code, errors } = answer.json();
      return { status, code, pointers: errors.map((e) => e.pointer) };
    };

    it('must exist: configuration, portfolio, prices', async () => {
      expect(await refused({ config_name: 'nowhere' })).toEqual({
        status: 422,
        code: 'UNKNOWN_CONFIGURATION',
        pointers: ['/config_name'],
      });
      const rest = withoutPortfolio();
      const unknown = await command.post('/coordinate', { ...rest, portfolio_id: 'nobody' });
      expect(unknown.json()).toMatchObject({
        status: 422,
        code: 'UNKNOWN_PORTFOLIO',
        errors: [{ pointer: '/portfolio_id' }],
      });
      const portfolio_state = { ...samplePortfolio(), positions: [{ instrument_id: 'ZZZ', quantity: 1 }] };
      expect(await refused({ portfolio_state })).toEqual({
        status: 422,
        code: 'MISSING_PRICE',
        pointers: ['/portfolio_state/positions/0/price'],
      });
    });

    it('may be a stored portfolio', async () => {
      const state = { ...samplePortfolio(), portfolio_id: 'stored/1' };
      const path = `/portfolios/${encodeURIComponent('stored/1')}/state`;
      const made = await command.put(path, state);
      expect([made.status, made.json<object>()]).toEqual([
        201,
        { portfolio_id: 'stored/1', version: 1, as_of: state.as_of },
      ]);
      const rest = withoutPortfolio();
      const answer = await command.post('/coordinate', { ...rest, portfolio_id: 'stored/1' });
      expect(answer.status).toBe(201);
      const { coordination_id } = answer.json<CoordinationResponse>();
      const [requested] = await command.store.readStream(`coordination-${coordination_id}`);
      expect(requested?.data).toMatchObject({ portfolio_id: 'stored/1', stored_portfolio_state: state });
      expect((await command.put(path, samplePortfolio())).json().errors[0]?.pointer).toBe('/portfolio_id');
      expect((await command.put(path, { ...state, cash: 'x' })).json().errors[0]?.pointer).toBe('/cash');
      const newer = await command.put(path, { ...state, cash: 1 });
      // a version of the portfolio's stream: the coordination in between is one too
      expect([newer.status, newer.json<{ version: number }>().version]).toEqual([200, 3]);
    });

    it('may be a configuration, which the request overrides', async () => {
      const parameters = { max_position_size: 0.02, max_turnover: 0.4, priority_weights: { 'source-1': 2 } };
      const made = await command.put('/configurations/careful', parameters);
      expect(made.status).toBe(201);
      expect(made.json<object>()).toEqual({
        config_name: 'careful',
        version: 1,
        enabled: true,
        coordination_parameters: parameters,
      });
      const largest = async (over: Partial<CoordinationRequest>) => {
        const answer = await command.post('/coordinate', sampleRequest({ config_name: 'careful', ...over }));
        const body = answer.json<CoordinationResponse>();
        expect(body.config_version).toBe('careful@1');
        return Math.max(
          ...body.decisions.filter((d) => d.action === 'BUY').map((d) => d.portfolio_impact.weight_change),
        );
      };
      expect(await largest({})).toBeLessThanOrEqual(0.02);
      expect(await largest({ coordination_parameters: { max_position_size: 0.05 } })).toBeGreaterThan(0.02);

      expect((await command.put('/configurations/careful', { fee_bps: 1 })).json<object>()).toMatchObject({
        version: 2,
      });
      const disabled = await command.post('/configurations/careful/disable', '{}');
      expect([disabled.status, disabled.json<object>()]).toMatchObject([
        200,
        { version: 3, enabled: false, coordination_parameters: { fee_bps: 1 } },
      ]);
      expect(await refused({ config_name: 'careful' })).toMatchObject({
        code: 'CONFIGURATION_DISABLED',
        pointers: ['/config_name'],
      });
      expect((await command.put('/configurations/careful', {})).json<object>()).toMatchObject({
        version: 4,
        enabled: true,
      });
      const rows = await db.query(`SELECT enabled FROM coordination_configurations WHERE config_name = 'careful'`);
      expect(rows).toEqual([{ enabled: true }]);
      const types = (await command.store.readStream('configuration-careful')).map((e) => e.type);
      expect(types).toEqual(['configuration_set', 'configuration_set', 'configuration_disabled', 'configuration_set']);
    });

    it('answers 404 for disabling what is not there and 422 for names and parameters that cannot be', async () => {
      expect((await command.post('/configurations/none/disable', '{}')).status).toBe(404);
      expect((await command.put(`/configurations/${encodeURIComponent('a b')}`, {})).json().errors[0]?.pointer).toBe(
        '/name',
      );
      expect((await command.put('/configurations/ok', { max_gross: 11 })).json().errors[0]?.pointer).toBe('/max_gross');
    });

    it('sets a configuration once for a key, under concurrency too', async () => {
      const put = () => command.put('/configurations/keyed', { fee_bps: 2 }, { 'idempotency-key': 'k' });
      const answers = await Promise.all([put(), put(), put()]);
      expect(answers.map((a) => a.json<{ version: number }>().version)).toEqual([1, 1, 1]);
      expect(answers.map((a) => a.status)).toEqual([201, 201, 201]);
      const racing = await Promise.all(Array.from({ length: 5 }, () => command.put('/configurations/raced', {})));
      expect(racing.map((a) => a.json<{ version: number }>().version).sort()).toEqual([1, 2, 3, 4, 5]);
    });
  });

  it('sends requests away where the engine has too much to do', async () => {
    const refuse = () => Promise.reject(new EngineBusyError('The engine has too much to decide.'));
    const busy = await openCommandApp(await postgres.open(), postgres.url, {
      decide: refuse,
      decideWithProblem: refuse,
      replay: refuse,
      assess: refuse,
      measureOrders: refuse,
      replan: refuse,
      parallelism: 1,
      close: async () => undefined,
    });
    const answer = await busy.post('/coordinate', sampleRequest());
    expect([answer.status, answer.headers['retry-after'], answer.json().type]).toEqual([
      503,
      '1',
      '/problems/overloaded',
    ]);
    await busy.close();
  });

  it('describes itself, with every schema it refers to', async () => {
    const answer = await command.app.inject({ url: '/openapi.json' });
    const { paths, components } = answer.json<{ paths: object; components: { schemas: object } }>();
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/coordinate', '/batch-coordinate', '/configurations/{name}', '/portfolios/{id}/state']),
    );
    const names = [...answer.body.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]);
    expect(names).toEqual(expect.arrayContaining(['CoordinationRequest', 'CoordinationResponse', 'Problem']));
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(names));
  });

  it('counts what it did', async () => {
    const metrics = (await command.app.inject({ url: '/metrics' })).body;
    expect(metrics).toMatch(/coordination_coordinations_total\{status="OPTIMAL"\} \d+/);
    expect(metrics).toMatch(/coordination_refusals_total\{code="UNKNOWN_CONFIGURATION"\} \d+/);
    expect(metrics).toMatch(/coordination_duration_seconds_count\{part="total"\} \d+/);
    expect(metrics).toMatch(/engine_workers \d+/);
    expect(metrics).toMatch(/engine_tasks 0/);
  });

  describe('plans orders in sessions', () => {
    const planned = async (market: Partial<MarketData>) => {
      const request = sampleRequest();
      const market_data = { ...sampleMarket(), ...market };
      const answer = await command.post('/coordinate', { ...request, market_data });
      expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
      const { coordination_id, decisions } = answer.json<CoordinationResponse>();
      const [requested] = await command.store.readStream(`coordination-${coordination_id}`);
      const starts = decisions
        .filter(({ action }) => action !== 'HOLD')
        .map(({ timing_recommendation }) => timing_recommendation.start_at)
        .sort();
      expect(starts.length).toBeGreaterThan(0);
      return { starts, requested: requested!.data as CoordinationRequested['data'] };
    };

    it('of New York, unless the request says otherwise, and records them', async () => {
      // the request is of a Saturday
      const { starts, requested } = await planned({});
      expect(starts[0]).toBe('2025-06-23T13:30:00.000Z');
      expect(requested.trading_sessions).toMatchObject({ calendar: 'XNYS', ordinary_minutes: 390 });
      expect(requested.trading_sessions!.sessions[0]).toEqual({
        open_at: '2025-06-23T13:30:00.000Z',
        close_at: '2025-06-23T20:00:00.000Z',
      });
    });

    it('of a market that never closes', async () => {
      const { starts, requested } = await planned({ calendar: 'CONTINUOUS' });
      expect(starts[0]).toBe('2025-06-21T10:00:00.000Z');
      expect(requested.trading_sessions!.calendar).toBe('CONTINUOUS');
    });

    it('that the request brings', async () => {
      const sessions = [{ open_at: '2025-06-22T07:00:00Z', close_at: '2025-06-22T15:30:00Z' }];
      const { starts, requested } = await planned({ sessions });
      expect(starts[0]).toBe('2025-06-22T07:00:00.000Z');
      expect(requested.trading_sessions).toBeUndefined();
    });

    it('and refuses those that are over', async () => {
      const sessions = [{ open_at: '2025-06-20T07:00:00Z', close_at: '2025-06-20T15:30:00Z' }];
      const before = await count('events');
      const answer = await command.post('/coordinate', {
        ...sampleRequest(),
        market_data: { ...sampleMarket(), sessions },
      });
      expect(answer.status).toBe(422);
      expect(answer.json()).toMatchObject({ errors: [{ pointer: '/market_data/sessions' }] });
      expect(await count('events')).toBe(before);
    });
  });
});
