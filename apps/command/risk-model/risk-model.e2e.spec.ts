import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { API_SCHEMAS, validateCoordinationResponse } from '#contracts';
import type { CoordinationResponse, RiskModelPublished, RiskModelReport } from '#domain';
import { ExecutionDeadlines, OpenOutcomes, OutcomeLog, type PostgresEventStore, ReplayStore } from '#event-store';
import { type BarMatrix, barsOf, demoMarket, type MarketDataStore, selectInstruments, sliceDays } from '#market-data';
import { createHttpApp } from '#platform';
import { createCertifiedOptimiser } from '#reference-solver';
import { withPostgres } from '#testing';
import { CommandModule } from '../command.module.js';
import type { Engine } from '../engine-pool/engine.js';
import { createInlineEngine } from '../engine-pool/inline-engine.js';
import type { MarketDataAdapters } from '../market-data/market-data-adapters.js';
import { openMarketData } from '../market-data/open-market-data.js';
import { openEventStore } from '../open-event-store.js';
import { type BuildTask, runBuildTask } from './build-task.js';
import type { RiskModelBuilder } from './risk-model-builder.js';
import { RiskModelModule } from './risk-model.module.js';
import type { RiskModelSchedule } from './risk-model-settings.js';
import { ScheduledBuilds } from './scheduled-builds.js';
import { inlineLearner } from '../learning/inline-learner.fixture.js';

interface Build {
  readonly model_id: string;
  readonly version: number;
  readonly as_of: string;
  readonly published: boolean;
  readonly instruments: number;
  readonly report: RiskModelReport;
}

// outside: the application is closed before it
const server = withPostgres();

describe('risk models', () => {
  const folder = mkdtempSync(join(tmpdir(), 'risk-model-'));
  const market = demoMarket();
  const ids = market.bars.instruments.filter((_, i) => i % 10 === 0);
  const bars = sliceDays(selectInstruments(market.bars, ids), 600, 756);
  const settings = {
    MARKET_DATA_BODY_BYTES_MAX: 1e9,
    MARKET_DATA_LINE_CHARS_MAX: 1e4,
    MARKET_DATA_COMPRESS_AFTER_DAYS: 0,
    MARKET_DATA_RETENTION_DAYS: 0,
  };
  const tasks: BuildTask[] = [];
  /** on this thread: a compiled worker has a spec of its own */
  const builder: RiskModelBuilder = {
    build: (task) => {
      tasks.push(task);
      return runBuildTask(task);
    },
    close: async () => undefined,
  };
  let clock = new Date('2025-06-20T22:00:00Z');
  let app: NestFastifyApplication;
  let events: PostgresEventStore;
  let store: MarketDataStore;
  let marketData: MarketDataAdapters;
  let engine: Engine;
  /** decisions wait for it, where it is set */
  let gate: Promise<void> = Promise.resolve();

  const open = async (schedule: RiskModelSchedule = 'off', archive = false) => {
    const opened = archive ? marketData : { ...marketData, archive: null };
    const builds = {
      marketData: opened,
      marketDataUrl: server.url,
      builder,
      settings: { RISK_MODEL_SCHEDULE: schedule },
    };
    const now = () => clock;
    const decide: Engine = { ...engine, decide: (command) => gate.then(() => engine.decide(command)) };
    const database = await server.open();
    const [replays, deadlines] = [new ReplayStore(database), new ExecutionDeadlines(database)];
    const outcomes = { open: new OpenOutcomes(database), closes: null };
    const learning = { outcomes: new OutcomeLog(database), learner: inlineLearner, everyHours: 0 };
    const adapters = {
      eventStore: events,
      replays,
      deadlines,
      outcomes,
      learning,
      engine: decide,
      now,
      historyFolder: null,
    };
    return createHttpApp([CommandModule.register(adapters), RiskModelModule.register(builds, now)], {
      settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 1e6, API_KEYS: [], LOG_LEVEL: 'fatal' },
      service: 'command',
      description: { title: 'Commands', description: 'Under test.', schemas: API_SCHEMAS },
    });
  };

  beforeAll(async () => {
    const db = await server.open();
    events = await openEventStore(db, server.url);
    engine = createInlineEngine(await createCertifiedOptimiser());
    marketData = await openMarketData(db, folder, settings);
    store = marketData.store;
    app = await open();
  });
  afterAll(async () => {
    await app.close();
    await events.stop();
    rmSync(folder, { recursive: true });
  });

  const build = async (on = app) => {
    const answer = await on.inject({ method: 'POST', url: '/risk-models' });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json<Build>() };
  };
  const published = async () =>
    (await events.readStream('market-model')).map((event) => event.data as RiskModelPublished['data']);
  const addBars = (of: BarMatrix) => store.upsertBars(barsOf(of));

  it('are not built of nothing', async () => {
    const { status, body } = await build();
    expect([status, (body as unknown as { detail: string }).detail]).toEqual([
      404,
      expect.stringContaining('no bars to build a risk model of'),
    ]);
    expect(await published()).toEqual([]);
  });

  it('are published with their report, once for the same bars', async () => {
    await store.upsertInstruments(market.instruments.filter(({ instrument_id }) => ids.includes(instrument_id)));
    await addBars(sliceDays(bars, 0, 155));
    const first = await build();
    expect(first.status).toBe(201);
    expect(first.headers['location']).toBe('/risk-model/current');
    expect(first.headers['coordination-position']).toMatch(/^\d+$/);
    expect(first.body).toMatchObject({ version: 1, as_of: bars.days[154], published: true, instruments: 20 });
    expect(first.body.report).toMatchObject({
      preparation: { prepared_by: 'polars', counts: { bars: 3_100, outliers: 0 } },
      self_test: null,
      warnings: [],
    });
    const [event] = await published();
    expect(event).toMatchObject({ model: { model_id: first.body.model_id }, report: first.body.report });

    const again = await build();
    expect(again).toMatchObject({ status: 200, body: { ...first.body, published: false } });
    expect(await published()).toHaveLength(1);
  });

  it('are the same of Parquet files, which are brought up to date first', async () => {
    const other = await open('off', true);
    const { status, body } = await build(other);
    expect([status, body.version, tasks.at(-1)?.source.kind]).toEqual([200, 1, 'PARQUET']);
    await other.close();
  });

  it('tell of a price that is off by ten times, and pass over it', async () => {
    const wrong = { instrument_id: ids[0] as string, day: bars.days[100] as string };
    const close = bars.close[100 * 20] as number;
    await store.upsertBars([{ ...wrong, close: 10 * close, volume: 1 }]);
    const { status, body } = await build();
    expect([status, body.version]).toEqual([201, 2]);
    expect(body.report.preparation.outliers).toEqual([
      { ...wrong, value: 10 * close, previous: bars.close[99 * 20], reason: 'SPIKE' },
    ]);
    await addBars(sliceDays(bars, 100, 101));
    expect((await build()).body.version).toBe(3);
  });

  it('are swapped in while coordinations run: each keeps the model that it began with', async () => {
    const coordinate = async (): Promise<CoordinationResponse> => {
      const answer = await app.inject({ method: 'POST', url: '/coordinate', payload: request(ids) });
      expect(answer.statusCode).toBe(201);
      expect(validateCoordinationResponse(answer.json())).toEqual([]);
      return answer.json<CoordinationResponse>();
    };
    const [before] = (await published()).slice(-1);
    let release = (): void => undefined;
    gate = new Promise((resolve) => (release = resolve));
    const running = [coordinate(), coordinate()];
    await addBars(sliceDays(bars, 155, 156));
    const { body } = await build();
    expect([body.version, body.as_of]).toEqual([4, bars.days[155]]);
    const after = coordinate();
    release();
    for (const each of running) expect((await each).risk_model.id).toBe(before?.model.model_id);
    expect((await after).risk_model).toMatchObject({ id: body.model_id, source: 'STORE' });
  });

  it('are built one after another; who asks during a build shares the next', async () => {
    const count = tasks.length;
    const builds = await Promise.all([build(), build(), build(), build()]);
    expect(builds.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(tasks.length - count).toBeLessThanOrEqual(2);
  });

  describe('on schedule', () => {
    const look = (of: NestFastifyApplication) => of.get(ScheduledBuilds, { strict: false }).look();

    it('follow new bars once these have settled, and only where something changed', async () => {
      const scheduled = await open('new-bars');
      const count = tasks.length;
      for (let i = 0; i < 5; i++) await look(scheduled);
      expect(tasks).toHaveLength(count);
      for (let i = 0; i < 4; i++) await look(scheduled);
      // what is current came out again
      expect([tasks.length - count, (await published()).length]).toEqual([1, 4]);
      await store.upsertBars([{ instrument_id: ids[3] as string, day: '2025-06-20', close: 55.5, volume: 9 }]);
      for (let i = 0; i < 8; i++) await look(scheduled);
      expect([tasks.length - count, (await published()).length]).toEqual([2, 5]);
      await scheduled.close();
    });

    it('are built at a time of day', async () => {
      const scheduled = await open({ minuteOfDay: 22 * 60 + 30 });
      const count = tasks.length;
      for (const time of ['22:28', '22:29', '22:31', '22:32', '23:59']) {
        clock = new Date(`2025-06-20T${time}:10Z`);
        await look(scheduled);
        expect(tasks.length - count).toBe(time < '22:30' ? 0 : 1);
      }
      clock = new Date('2025-06-21T22:30:00Z');
      await look(scheduled);
      expect(tasks.length - count).toBe(2);
      await scheduled.close();
    });
  });
});

function request(ids: readonly string[]): object {
  const asOf = '2025-06-20T20:00:00.000Z';
  return {
    as_of: asOf,
    signals: ids.slice(0, 4).map((instrument_id, i) => ({
      signal_id: `s${i}`,
      source: 'test',
      instrument_id,
      action: i % 2 === 0 ? 'BUY' : 'SELL',
      strength: 0.9,
      confidence: 0.8,
      generated_at: asOf,
    })),
    portfolio_state: {
      portfolio_id: 'main',
      as_of: asOf,
      cash: 1e6,
      positions: ids.slice(0, 8).map((instrument_id) => ({ instrument_id, quantity: 500 })),
    },
  };
}
