import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { RecordedEvent } from '#domain';
import type { SqlDatabase } from '#platform';
import { AdvanceSignal, openReadModels, type TimescaleReadModels } from '#read-models';
import {
  configurationDisabled,
  configurationSet,
  coordinationCompleted,
  portfolioStateSet,
  RandomStream,
  RecordedLog,
  riskModelPublished,
  sampleDecision,
  sampleMarketModel,
  sampleRejectedSignal,
  withPostgres,
} from '#testing';
import { ProjectorMetrics, projectorMetricProviders } from '../projector-metrics.js';
import { UnknownEventError } from './read-group.js';
import { ReadModelProjector } from '../read-model-projector.js';

const LEASE_MS = 400;
const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

/** Portfolios, configurations and models that change again and again between coordinations of the same minutes. */
function mixedLog(length: number): readonly RecordedEvent[] {
  const random = new RandomStream(7);
  const versions = new Map<string, number>();
  return Array.from({ length }, (_, index): RecordedEvent => {
    const position = BigInt(index + 1);
    const draw = random.uniform();
    const which = Math.floor(random.uniform() * 5);
    const next = (stream: string) => versions.set(stream, (versions.get(stream) ?? 0) + 1).get(stream) ?? 1;
    if (draw < 0.2) {
      const portfolio_id = `portfolio-${which}`;
      const as_of = '2025-06-20T20:00:00.000Z';
      return portfolioStateSet({ position }, { portfolio_id, as_of, cash: index, positions: [] });
    }
    if (draw < 0.3) {
      return configurationSet({ position, version: next(`c${which}`) }, `c${which}`, {
        max_position_size: index / 1e4,
      });
    }
    if (draw < 0.33) return configurationDisabled({ position, version: next(`c${which}`) }, `c${which}`);
    if (draw < 0.36) return riskModelPublished({ position }, { ...sampleMarketModel(), model_id: `model-${index}` });
    return coordinationCompleted(
      { position, processingTimeMs: random.uniform() * 50 },
      {
        decisions: [
          sampleDecision('AAPL', { quantity: index }),
          sampleDecision('MSFT', { decision_id: 'decision_002' }),
        ],
        rejected: [sampleRejectedSignal('s1', 'XOM')],
        summary: { coordination_quality: random.uniform(), portfolio_utilization: random.uniform() },
      },
    );
  });
}

describe('several projectors', () => {
  const postgres = withPostgres();
  let metrics: ProjectorMetrics;
  let database: SqlDatabase;
  let readModels: TimescaleReadModels;
  const events = mixedLog(400);
  const log = new RecordedLog(events);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const module = await Test.createTestingModule({
      providers: [...projectorMetricProviders, ProjectorMetrics],
    }).compile();
    metrics = module.get(ProjectorMetrics);
    database = await postgres.open();
    readModels = await openReadModels(database);
  });
  beforeEach(async () => {
    await readModels.clear();
    await database.query('UPDATE projection_lanes SET owner = NULL, expires_at = NULL');
    await database.query('DELETE FROM projection_workers');
  });

  const projector = (owner: string, leaseMs: number | null = LEASE_MS, batchSize = 7, eventStore = log) =>
    new ReadModelProjector(
      { eventStore, readModels, advance: new AdvanceSignal(), metrics },
      { owner, leaseMs, batchSize, attemptsMax: 3, attemptDelayMs: 1 },
    );
  const owners = async () => {
    const counts = new Map<string | null, number>();
    for (const { owner } of await readModels.lanes()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    return Object.fromEntries(counts) as Readonly<Record<string, number>>;
  };
  const dump = async () => {
    const tables = [
      'coordination_decisions_ts',
      'coordination_performance_ts',
      'coordinations',
      'rejected_signals',
      'portfolio_states',
      'market_model_current',
      'configurations',
      'rebalance_requests',
    ];
    const rows = await Promise.all(
      tables.map((table) => database.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`)),
    );
    return rows.flat().map(({ row }) => row);
  };
  /** Steps until everything is folded or the time is over. */
  const runUntilDone = async (runner: ReadModelProjector, timeoutMs = 10_000) => {
    const deadline = performance.now() + timeoutMs;
    while ((await readModels.checkpoint()) < BigInt(events.length) && performance.now() < deadline) {
      if (!(await runner.step())) await pause(5);
    }
  };

  it('leave their lanes for good at an event that only a newer program knows', async () => {
    const later = events[20] as RecordedEvent;
    const tomorrows = new RecordedLog(
      events.map((event) => (event === later ? { ...event, schemaVersion: 99 } : event)),
    );
    const [old, newer] = [projector('old', LEASE_MS, 7, tomorrows), projector('newer')];
    await old.open();
    let stopped: unknown = null;
    while (stopped === null) await old.step().catch((error: unknown) => (stopped = error));
    expect(stopped).toBeInstanceOf(UnknownEventError);
    expect(await readModels.checkpoint()).toBe(later.position - 1n);
    await newer.open();
    expect(await owners()).toEqual({ newer: 8 });
    // asked again it says the same, and takes none of them
    await expect(old.step()).rejects.toThrow('start a newer one');
    await runUntilDone(newer);
    expect([await readModels.checkpoint(), await owners()]).toEqual([BigInt(events.length), { newer: 8 }]);
  });

  it('end in the rows of one that folds every lane in the order of the log', async () => {
    const alone = projector('alone', null, 50);
    while (await alone.step());
    const expected = await dump();
    expect(expected.length).toBeGreaterThan(700);
    await readModels.clear();
    await readModels.releaseLanes('alone');
    const four = ['a', 'b', 'c', 'd'].map((owner, index) => projector(owner, LEASE_MS, 5 + 3 * index));
    for (const each of four) await each.open();
    await Promise.all(four.map((each) => runUntilDone(each)));
    expect(await readModels.checkpoint()).toBe(BigInt(events.length));
    expect(await dump()).toEqual(expected);
    expect((await readModels.portfolioState())?.position).toBe(BigInt(events.length));
  });

  it('share the lanes evenly as they come and go', async () => {
    const [a, b, c] = [projector('a'), projector('b'), projector('c')] as const;
    await a.open();
    expect(await owners()).toEqual({ a: 8 });
    await b.open();
    await a.open();
    await b.open();
    expect(await owners()).toEqual({ a: 4, b: 4 });
    await c.open();
    for (const each of [a, b, c]) await each.open();
    expect(await owners()).toEqual({ a: 3, b: 3, c: 2 });
    await a.close();
    for (const each of [b, c, b]) await each.open();
    expect(await owners()).toEqual({ b: 4, c: 4 });
  });

  it('take over the lanes of one that died, and refuse what it still folds', async () => {
    const [dead, other] = [projector('dead'), projector('other')] as const;
    await dead.open();
    await other.open();
    await dead.open();
    await other.open();
    expect(await owners()).toEqual({ dead: 4, other: 4 });
    await dead.step();
    const held = await readModels.lanesOf('dead');
    const started = performance.now();
    await runUntilDone(other);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await owners()).toEqual({ other: 8 });
    expect(await readModels.checkpoint()).toBe(BigInt(events.length));
    const batch = { lanes: held, upTo: 20n, changes: [], parked: [] };
    await expect(readModels.apply(batch)).rejects.toThrow('not what was folded from any more');
    const rows = await dump();
    while (await dead.step());
    expect(await dump()).toEqual(rows);
  });

  it('hold up the position that readers wait for as long as one lane is behind', async () => {
    const [a, b] = [projector('a', 60_000), projector('b', 60_000)] as const;
    await a.open();
    await b.open();
    await readModels.shareLanes({ owner: 'a', leaseMs: 60_000 });
    await b.open();
    while (await b.step());
    const positions = new Set((await readModels.lanes()).map(({ position }) => position));
    expect(positions).toEqual(new Set([0n, BigInt(events.length)]));
    expect(await readModels.checkpoint()).toBe(0n);
    await runUntilDone(a);
    expect(await readModels.checkpoint()).toBe(BigInt(events.length));
  });
});
