import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { register } from 'prom-client';
import { createHttpApp } from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels, RedisReadModelCache } from '#read-models';
import {
  configurationSet,
  coordinationCompleted,
  riskModelPublished,
  portfolioEvent,
  portfolioStateSet,
  RecordedLog,
  sampleDecision,
  sampleMarketModel,
  sampleRiskModelReport,
  withPostgres,
} from '#testing';
import { ProjectorModule } from '../projector/projector.module.js';
import { QueryModule } from './query.module.js';

const state = (cash: number) => ({ portfolio_id: 'main', as_of: '2025-06-20T20:00:00.000Z', cash, positions: [] });

/** Redis on a bad day. */
class FaultyCache extends MemoryReadModelCache {
  unplugged = false;
  behind = false;

  override async readValue(key: string): Promise<string | null> {
    this.refuseUnplugged();
    return super.readValue(key);
  }

  override async readList(key: string): Promise<readonly string[] | null> {
    this.refuseUnplugged();
    return super.readList(key);
  }

  override async checkpoint(): Promise<bigint | null> {
    this.refuseUnplugged();
    return this.behind ? 1n : super.checkpoint();
  }

  private refuseUnplugged(): void {
    if (this.unplugged) throw new Error('Connection is closed.');
  }
}

describe('the query API', () => {
  const postgres = withPostgres();
  const log = new RecordedLog([
    portfolioStateSet({ position: 1n }, state(1)),
    configurationSet({ position: 2n }, 'cautious', { cash_buffer: 0.02 }),
    riskModelPublished({ position: 3n }, sampleMarketModel(), sampleRiskModelReport()),
  ]);
  const cache = new FaultyCache();
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const database = await postgres.open();
    const readModels = await openReadModels(database);
    const advance = new AdvanceSignal();
    app = await createHttpApp(
      [
        ProjectorModule.register({ eventStore: log, readModels, cache, advance, pollIntervalMs: 20 }),
        QueryModule.register({ readModels, cache, advance, positionTimeoutMs: 300 }),
      ],
      {
        settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 10_000, API_KEYS: [], LOG_LEVEL: 'silent' },
        service: 'query',
        description: { title: 'Query', description: 'Read models.', schemas: {} },
      },
    );
    log.push(
      ...Array.from({ length: 5 }, (_, index) => {
        const position = BigInt(4 + index);
        const decisions = [
          sampleDecision('AAPL'),
          sampleDecision('MSFT', { decision_id: 'decision_002', action: 'SELL' }),
        ];
        return coordinationCompleted({ position }, { decisions, configName: 'cautious' });
      }),
    );
    expect((await get('/decisions?limit=1', { 'coordination-position': '8' })).statusCode).toBe(200);
  });
  afterAll(() => app.close());

  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
  const metric = async (line: string): Promise<number> => {
    const text = await register.metrics();
    return Number(
      text
        .split('\n')
        .find((each) => each.startsWith(line))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  };
  const problem = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await get(url, headers);
    const { type, errors } = answer.json<{ type: string; errors?: { pointer: string }[] }>();
    return [answer.statusCode, type.replace('/problems/', ''), ...(errors ?? []).map(({ pointer }) => pointer)];
  };

  it('answers a coordination', async () => {
    const answer = await get('/coordination/coord_20250621_004');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json()).toMatchObject({
      coordination_id: 'coord_20250621_004',
      status: 'OPTIMAL',
      processing_time_ms: 10,
    });
  });

  it('tells of the risk model in use how it came about, and of those before it', async () => {
    const report = sampleRiskModelReport();
    const model = {
      version: 1,
      model_id: 'model-1',
      as_of: '2025-06-20',
      regime: 'NORMAL',
      instruments: 3,
      published_at: '2025-06-21T10:00:03.000Z',
    };
    expect((await get('/risk-model/current')).json()).toEqual({ ...model, report });
    const { warnings } = report;
    expect((await get('/risk-models?limit=5')).json()).toEqual({ risk_models: [{ ...model, warnings }] });
  });

  it('pages through the decisions', async () => {
    const seen: string[] = [];
    let url: string | undefined = '/decisions?instrument_id=AAPL&limit=2';
    while (url !== undefined) {
      const answer: Awaited<ReturnType<typeof get>> = await get(url);
      const page = answer.json<{ decisions: { coordination_id: string }[]; next_cursor: string | null }>();
      seen.push(...page.decisions.map((d) => d.coordination_id.slice(-1)));
      const link = answer.headers['link'] as string | undefined;
      expect(link === undefined).toBe(page.next_cursor === null);
      url = link && /<(.+)>; rel="next"/.exec(link)?.[1];
      expect(url?.includes('instrument_id=AAPL') ?? true).toBe(true);
    }
    expect(seen).toEqual(['8', '7', '6', '5', '4']);
  });

  it('writes decisions as CSV and NDJSON', async () => {
    const csv = await get('/decisions?action=SELL', { accept: 'text/csv' });
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.body.split('\r\n')).toHaveLength(1 + 5 + 1);
    const lines = await get('/decisions?source=momentum&config_name=cautious', { accept: 'application/x-ndjson' });
    expect(lines.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const decisions = lines.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { sources: string[] });
    expect(decisions).toHaveLength(10);
    expect(decisions[0]?.sources).toEqual(['momentum']);
  });

  it('answers the performance by bucket', async () => {
    const range = 'from=2025-06-21T00:00:00Z&to=2025-06-22T00:00:00Z';
    const { bucket, buckets } = (await get(`/performance?bucket=1d&${range}`)).json<{
      bucket: string;
      buckets: object[];
    }>();
    expect([bucket, buckets]).toMatchObject([
      '1d',
      [{ coordinations: 5, decisions: 10, decisions_per_minute: 10 / 1440 }],
    ]);
    expect((await get('/performance')).json()).toMatchObject({ bucket: '1m', buckets: [] });
  });

  it('answers a configuration', async () => {
    expect((await get('/configurations/cautious')).json()).toEqual({
      config_name: 'cautious',
      version: 1,
      enabled: true,
      coordination_parameters: { cash_buffer: 0.02 },
    });
  });

  describe('of what is current', () => {
    const urls = [
      '/portfolio-state/current',
      '/correlation-matrix/current',
      '/risk-metrics/AAPL',
      '/recent-decisions/AAPL',
    ];

    /** Until the cache, which follows the tables, holds everything. */
    const settled = async () => {
      while ((await cache.checkpoint()) !== (await log.lastPosition())) {
        await new Promise((wake) => setTimeout(wake, 5));
      }
    };

    it('serves the cache and, where that is empty or down, the same from the database, and says which', async () => {
      await settled();
      const answers = async (from: string) => {
        const all = await Promise.all(urls.map((url) => get(url)));
        expect(all.map(({ statusCode, headers }) => [statusCode, headers['x-served-from']])).toEqual(
          urls.map(() => [200, from]),
        );
        return all.map((answer) => answer.json<unknown>());
      };
      // the first read fills what the projection left to the readers
      await Promise.all(urls.map((url) => get(url)));
      const cached = await answers('cache');
      cache.unplugged = true;
      const unreachable = 'query_cached_reads_total{model="risk_metrics",outcome="UNREACHABLE"}';
      const before = await metric(unreachable);
      expect(await answers('database')).toEqual(cached);
      expect(await metric(unreachable)).toBe(before + 1);
      cache.unplugged = false;
      await cache.clear();
      await cache.saveCheckpoint(8n);
      expect(await answers('database')).toEqual(cached);
      expect(await answers('cache')).toEqual(cached);
      expect(cached[3]).toHaveLength(5);
      expect(cached[0]).toEqual(state(1));
    });

    it('does not serve a cache that lacks the position asked for', async () => {
      await settled();
      cache.behind = true;
      const answer = await get('/portfolio-state/current', { 'coordination-position': '8' });
      cache.behind = false;
      expect(answer.headers['x-served-from']).toBe('database');
      const before = await get('/portfolio-state/current', { 'coordination-position': '8' });
      expect(before.headers['x-served-from']).toBe('cache');
    });

    it('picks a portfolio and instruments from the database', async () => {
      const one = await get('/portfolio-state/current?portfolio_id=main');
      expect([one.headers['x-served-from'], one.json()]).toEqual(['database', state(1)]);
      const picked = (await get('/correlation-matrix/current?instruments=XOM,AAPL')).json<object>();
      expect(picked).toMatchObject({ instruments: ['XOM', 'AAPL'] });
    });

    it('has an empty list for an instrument without decisions, and leaves no key', async () => {
      expect((await get('/recent-decisions/NONE')).json()).toEqual([]);
      expect(await cache.readList('recent_decisions:NONE')).toBeNull();
    });
  });

  describe('with a position', () => {
    it('waits until the read models hold it', async () => {
      const next = (await log.lastPosition()) + 1n;
      const waiting = get(`/coordination/coord_20250621_${String(next).padStart(3, '0')}`, {
        'coordination-position': String(next),
      });
      await new Promise((wake) => setTimeout(wake, 50));
      log.push(coordinationCompleted({ position: next }));
      expect((await waiting).statusCode).toBe(200);
    });

    it('gives up after its time and says when to come back', async () => {
      const answer = await get('/decisions', { 'coordination-position': '999999' });
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
      expect(answer.json()).toMatchObject({ type: '/problems/not-ready' });
    });

    it.each(['-1', '1e3', 'abc', '1234567890123456789'])('refuses %p', async (position) => {
      expect(await problem('/decisions', { 'coordination-position': position })).toEqual([400, 'invalid-header']);
    });
  });

  it.each([
    ['/coordination/coord_20250621_999', 404, 'not-found'],
    ['/coordination/a%00b', 422, 'invalid-request', '/coordination_id'],
    ['/configurations/none', 404, 'not-found'],
    ['/risk-metrics/NONE', 404, 'not-found'],
    [`/risk-metrics/${'X'.repeat(21)}`, 422, 'invalid-request', '/instrument_id'],
    ['/portfolio-state/current?portfolio_id=none', 404, 'not-found'],
    ['/decisions?limit=0', 422, 'invalid-request', '/limit'],
    ['/decisions?limit=10001', 422, 'invalid-request', '/limit'],
    ['/decisions?action=buy', 422, 'invalid-request', '/action'],
    ['/decisions?action=BUY&action=SELL', 422, 'invalid-request', '/action'],
    ['/decisions?instrument_id=', 422, 'invalid-request', '/instrument_id'],
    ['/decisions?from=2025-02-30T00:00:00Z', 422, 'invalid-request', '/from'],
    ['/decisions?from=yesterday', 422, 'invalid-request', '/from'],
    ['/decisions?cursor=nonsense', 422, 'invalid-request', '/cursor'],
    ['/decisions?colour=red', 422, 'invalid-request', '/colour'],
    ['/performance?bucket=2m', 422, 'invalid-request', '/bucket'],
    ['/performance?from=2025-06-21T00:00:00Z&to=2025-06-21T00:00:00Z', 422, 'invalid-request', '/from'],
    ['/performance?from=2020-06-21T00:00:00Z&to=2025-06-21T00:00:00Z', 422, 'invalid-request', '/bucket'],
    ['/risk-models?limit=0', 422, 'invalid-request', '/limit'],
    ['/correlation-matrix/current?instruments=A,A', 422, 'invalid-request', '/instruments'],
  ])('GET %s is a %i problem', async (url, ...expected) => {
    expect(await problem(url)).toEqual(expected);
  });

  it('serves no other media type', async () => {
    expect(await problem('/decisions', { accept: 'text/html' })).toEqual([406, 'not-acceptable']);
  });

  it('is ready, and measures how far the projections are', async () => {
    expect((await get('/health/ready')).statusCode).toBe(200);
    expect(await metric('projector_position{projection="read-models"}')).toBeGreaterThanOrEqual(8);
    expect(await metric('projector_lag_events{projection="read-models"}')).toBe(0);
    expect(await metric('read_models_timescale')).toBe(0);
  });
});

describe('the query API beside a command process', () => {
  const postgres = withPostgres();

  it.each([
    ['http://command:3000/', '/coordination/coord_1/problem', 307, 'http://command:3000/coordination/coord_1/problem'],
    ['http://command:3000', '/replays/a%2Fb', 307, 'http://command:3000/replays/a%2Fb'],
    ['', '/coordination/coord_1/problem', 404, undefined],
    ['', '/replays/7', 404, undefined],
  ])('sends questions that take the engine or the log there: %s %s', async (commandUrl, url, ...expected) => {
    const readModels = await openReadModels(await postgres.open());
    const app = await createHttpApp(
      [QueryModule.register({ readModels, cache: new MemoryReadModelCache(), commandUrl })],
      {
        settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 10_000, API_KEYS: [], LOG_LEVEL: 'silent' },
        service: 'query',
        description: { title: 'Query', description: 'Read models.', schemas: {} },
      },
    );
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.headers.location]).toEqual(expected);
    await app.close();
  });
});

describe('rebalance requests', () => {
  const postgres = withPostgres();

  it('are listed by portfolio and status, and found by id, with how far they are done', async () => {
    const readModels = await openReadModels(await postgres.open());
    const target = [{ instrument_id: 'A', target_weight: 0.1 }];
    const asked = (portfolio_id: string, rebalance_id: string, deadline?: string) => ({
      portfolio_id,
      request: { rebalance_id, targets: target, ...(deadline === undefined ? {} : { deadline }) },
    });
    const progress = { rebalance_id: 'r1', status: 'PARTLY_DONE', done: 0.5, left: [] } as const;
    const done = { rebalance_id: 'r3', status: 'DONE', done: 1, left: [] } as const;
    const log = new RecordedLog([
      portfolioEvent({ position: 1n }, 'rebalance_requested', asked('p', 'r1', '2999-01-01T00:00:00Z')),
      portfolioEvent({ position: 2n }, 'rebalance_requested', asked('p', 'r2', '2025-06-22T00:00:00Z')),
      portfolioEvent({ position: 3n }, 'rebalance_requested', asked('p', 'r3')),
      portfolioEvent({ position: 4n }, 'rebalance_requested', asked('other', 'r1')),
      portfolioEvent({ position: 5n }, 'coordination_applied', {
        portfolio_id: 'p',
        coordination_id: 'c',
        orders: [],
        rebalances: [progress, done],
      }),
      portfolioEvent({ position: 6n }, 'rebalance_cancelled', { portfolio_id: 'other', rebalance_id: 'r1' }),
    ]);
    const [cache, advance] = [new MemoryReadModelCache(), new AdvanceSignal()];
    const app = await createHttpApp(
      [
        ProjectorModule.register({ eventStore: log, readModels, cache, advance }),
        QueryModule.register({ readModels, cache, advance }),
      ],
      {
        settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 10_000, API_KEYS: [], LOG_LEVEL: 'silent' },
        service: 'query',
        description: { title: 'Query', description: 'Read models.', schemas: {} },
      },
    );
    const get = (url: string) => app.inject({ url, headers: { 'coordination-position': '6' } });
    const statuses = async (query: string) =>
      (await get(`/rebalance-requests${query}`))
        .json<{ rebalance_requests: { rebalance_id: string; status: string }[] }>()
        .rebalance_requests.map(({ rebalance_id, status }) => `${rebalance_id} ${status}`);
    expect(await statuses('?portfolio_id=p')).toEqual(['r3 DONE', 'r2 OVERDUE', 'r1 PARTLY_DONE']);
    expect(await statuses('?portfolio_id=p&status=OVERDUE')).toEqual(['r2 OVERDUE']);
    expect(await statuses('')).toHaveLength(4);
    expect((await get('/rebalance-requests?status=WAITING')).statusCode).toBe(422);
    expect((await get('/rebalance-requests/r1?portfolio_id=p')).json()).toEqual({
      portfolio_id: 'p',
      rebalance_id: 'r1',
      status: 'PARTLY_DONE',
      requested_at: '2025-06-21T10:00:01.000Z',
      updated_at: '2025-06-21T10:00:05.000Z',
      request: asked('p', 'r1', '2999-01-01T00:00:00Z').request,
      progress,
      coordination_id: 'c',
    });
    expect((await get('/rebalance-requests/r3')).json()).toMatchObject({ portfolio_id: 'p', status: 'DONE' });
    expect((await get('/rebalance-requests/r1')).statusCode).toBe(422);
    expect((await get('/rebalance-requests/none')).statusCode).toBe(404);
    await app.close();
  });
});

describe('the query API with a Redis that is down', () => {
  const postgres = withPostgres();

  it('answers from the database', async () => {
    const database = await postgres.open();
    const readModels = await openReadModels(database);
    const cache = await RedisReadModelCache.open({ url: 'redis://127.0.0.1:1' });
    const log = new RecordedLog([portfolioStateSet({ position: 1n }, state(1))]);
    const advance = new AdvanceSignal();
    const app = await createHttpApp(
      [
        ProjectorModule.register({ eventStore: log, readModels, cache, advance }),
        QueryModule.register({ readModels, cache, advance }),
      ],
      {
        settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 10_000, API_KEYS: [], LOG_LEVEL: 'silent' },
        service: 'query',
        description: { title: 'Query', description: 'Read models.', schemas: {} },
      },
    );
    const answer = await app.inject({ url: '/portfolio-state/current', headers: { 'coordination-position': '1' } });
    expect([answer.statusCode, answer.headers['x-served-from'], answer.json()]).toEqual([200, 'database', state(1)]);
    await app.close();
    await cache.close();
  });
});
