import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { RecordedEvent } from '#domain';
import type { SqlDatabase } from '#platform';
import {
  AdvanceSignal,
  isRunning,
  MemoryReadModelCache,
  openReadModels,
  type RebuildJob,
  type TimescaleReadModels,
} from '#read-models';
import {
  coordinationCompleted,
  portfolioStateSet,
  RecordedLog,
  riskModelPublished,
  sampleDecision,
  withPostgres,
  withTimescale,
} from '#testing';
import { ParkedEvents } from '../parked/parked-events.js';
import { ProjectorMetrics, projectorMetricProviders } from '../projector-metrics.js';
import { ReadModelProjector } from '../read-model-projector.js';
import { RebuildControl } from './rebuild-control.js';
import { RebuildRunner } from './rebuild-runner.js';

const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));
const state = (cash: number) => ({ portfolio_id: 'main', as_of: '2025-06-20T20:00:00.000Z', cash, positions: [] });
/** six minutes apart over a midnight, so that hours and a day end */
const timeOf = (n: number): string => new Date(Date.UTC(2025, 5, 21, 20) + n * 360_000).toISOString();
const eventAt = (n: number): RecordedEvent => {
  const at = { position: BigInt(n), recordedAt: timeOf(n) };
  if (n % 10 === 1) return portfolioStateSet(at, state(n));
  if (n % 50 === 2) return riskModelPublished(at);
  return coordinationCompleted(at, { summary: { coordination_quality: 1 / n } });
};
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => eventAt(from + index));
const poison = (n: number) =>
  coordinationCompleted({ position: BigInt(n) }, { decisions: [sampleDecision('X'.repeat(21))] });

function describeRebuild(open: () => Promise<SqlDatabase>, timescale: boolean): void {
  let metrics: ProjectorMetrics;
  let database: SqlDatabase;
  let readModels: TimescaleReadModels;
  let control: RebuildControl;
  let cache: MemoryReadModelCache;
  let log: RecordedLog;
  let live: ReadModelProjector;
  let owners = 0;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const module = await Test.createTestingModule({
      providers: [...projectorMetricProviders, ProjectorMetrics],
    }).compile();
    metrics = module.get(ProjectorMetrics);
    database = await open();
    readModels = await openReadModels(database);
    control = new RebuildControl(readModels);
  });
  beforeEach(async () => {
    await database.query(
      `UPDATE projection_rebuilds SET state = 'CANCELLED', finished_at = now() WHERE finished_at IS NULL`,
    );
    await readModels.versions.dropBuilding();
    await readModels.clear();
    cache = new MemoryReadModelCache();
    log = new RecordedLog(events(1, 120));
    live = projector();
    await drain(live);
  });

  const to = () => ({ eventStore: log, readModels, cache, advance: new AdvanceSignal(), metrics });
  const projector = () =>
    new ReadModelProjector(to(), {
      owner: `projector-${(owners += 1)}`,
      leaseMs: null,
      batchSize: 10,
      attemptsMax: 1,
      attemptDelayMs: 1,
    });
  const runner = (leaseMs = 60_000) =>
    new RebuildRunner(to(), { owner: `runner-${(owners += 1)}`, leaseMs, batchSize: 25 });
  const drain = async (each: ReadModelProjector) => {
    while (await each.step());
  };
  const runToEnd = async (job: RebuildJob, each = runner()): Promise<RebuildJob> => {
    for (let steps = 0; steps < 500; steps++) {
      const found = await control.find(job.id);
      if (!isRunning(found)) return found;
      await each.step();
    }
    throw new Error('The job does not end.');
  };
  const versions = async () =>
    (await readModels.versions.list()).map(({ version, state: at }) => `${version} ${at}`).sort();
  const latest = async (): Promise<number> =>
    (await readModels.versions.list()).filter(({ state: at }) => at === 'LIVE')[0]?.version ?? 0;
  const rows = async () => {
    const tables = ['coordination_decisions_ts', 'coordination_performance_ts', 'coordinations', 'portfolio_states'];
    const found: string[] = [];
    for (const table of tables) {
      for (const { row } of await database.query<{ row: string }>(
        `SELECT t::text AS row FROM ${table} AS t ORDER BY 1`,
      )) {
        found.push(row);
      }
    }
    return found;
  };

  it('ends equal under live load, switches, and can be taken back', async () => {
    const before = await latest();
    await cache.write([
      { position: 1n, change: { kind: 'SET', key: 'portfolio_state:current', value: {}, ttlSeconds: 60 } },
    ]);
    let over = false;
    let reads = 0;
    const load = async () => {
      for (let n = 121; !over; n++) {
        log.push(eventAt(n));
        await live.step();
        await pause(1);
      }
    };
    const reading = async () => {
      for (; !over; reads++) {
        expect((await readModels.decisions({}, 5, null)).decisions).toHaveLength(5);
        expect(await readModels.portfolioState()).not.toBeNull();
        await pause(1);
      }
    };
    const loading = Promise.all([load(), reading()]);
    const job = await runToEnd(await control.rebuild({ switch: 'if_equal', resume: false })).finally(
      () => (over = true),
    );
    await loading;
    expect(job).toMatchObject({ state: 'DONE', version: before + 1, error: null, comparison: { equal: true } });
    expect(job.comparison?.tables.map(({ live: { rows: count } }) => count)).not.toContain(NaN);
    expect(await latest()).toBe(before + 1);
    expect(await cache.readValue('portfolio_state:current')).toBeNull();
    expect(reads).toBeGreaterThan(5);
    await drain(live);
    expect(await readModels.checkpoint()).toBe(await log.lastPosition());
    expect(await log.lastPosition()).toBeGreaterThan(130n);
    const rebuilt = await rows();

    const back = await runToEnd(await control.rollBack());
    expect(back).toMatchObject({ kind: 'ROLLBACK', state: 'DONE', version: before });
    expect(await versions()).toContain(`${before + 1} FORMER`);
    await drain(live);
    expect(await readModels.checkpoint()).toBe(await log.lastPosition());
    expect(await rows()).toEqual(rebuilt);
    log.push(eventAt(Number(await log.lastPosition()) + 1));
    await drain(live);
    expect(await readModels.checkpoint()).toBe(await log.lastPosition());
  });

  it('goes on in another process where one died, and answers as before after the switch', async () => {
    const job = await control.rebuild({ switch: 'if_equal', resume: false });
    const dead = runner(50);
    for (let steps = 0; steps < 3; steps++) await dead.step();
    const half = await control.find(job.id);
    expect(half).toMatchObject({ state: 'LOADING', position: 75n, target: 120n });
    expect(half.eventsPerSecond).toBeGreaterThan(0);
    await pause(60);
    const range = { bucket: '1h', from: timeOf(0), to: timeOf(200) } as const;
    await readModels.refreshAggregates();
    const answer = await readModels.performance(range);
    const other = runner();
    expect(await other.step()).toBe(true);
    // it took the lanes of the version: what the dead one would still write is refused
    expect((await control.find(job.id)).position).toBe(100n);
    expect(await runToEnd(job, other)).toMatchObject({ state: 'DONE' });
    expect(await readModels.performance(range)).toEqual(answer);
    expect((await readModels.aggregates()).every(({ refreshedUntil }) => refreshedUntil !== null)).toBe(true);
    expect(await readModels.aggregates()).toHaveLength(timescale ? 2 : 0);
  });

  it('does not switch to rows that differ, unless it is told to', async () => {
    const version = await latest();
    await database.query(`UPDATE portfolio_states SET state = '{"by":"an older projection"}'`);
    const job = await runToEnd(await control.rebuild({ switch: 'if_equal', resume: false }));
    expect(job).toMatchObject({ state: 'DIFFERENT', comparison: { equal: false } });
    const differing = job.comparison?.tables.filter(({ equal }) => !equal).map(({ table }) => table);
    expect(differing).toEqual(['portfolio_states']);
    expect(await latest()).toBe(version);
    expect((await readModels.portfolioState())?.value).toContain('older');
    // what was built is there still: nothing is folded a second time
    const again = await control.rebuild({ switch: 'always', resume: true });
    expect(again.version).toBe(job.version);
    expect(await runToEnd(again)).toMatchObject({ state: 'DONE', comparison: { equal: false } });
    expect((await readModels.portfolioState())?.value).toBe(JSON.stringify(state(111)));
  });

  it('stops at an event that cannot be folded, instead of skipping it', async () => {
    const version = await latest();
    log.push(poison(121), eventAt(122));
    await drain(live);
    expect(await readModels.deadLetters()).toHaveLength(1);
    const job = await runToEnd(await control.rebuild({ switch: 'always', resume: false }));
    expect(job).toMatchObject({ state: 'FAILED', position: 100n });
    expect(job.error).toMatch(
      /^The coordination_completed at position 121 of .* cannot be folded: .*character varying/,
    );
    expect(await latest()).toBe(version);
    log.replace(eventAt(121));
    await new ParkedEvents({ ...to() }).retryAll();
    expect(await runToEnd(await control.rebuild({ switch: 'if_equal', resume: true }))).toMatchObject({
      state: 'DONE',
    });
  });

  it('is cancelled without a trace, and never runs twice at a time', async () => {
    const before = await versions();
    const job = await control.rebuild({ switch: 'if_equal', resume: false });
    const each = runner();
    await each.step();
    await expect(control.rebuild({ switch: 'if_equal', resume: false })).rejects.toThrow(
      `Job ${job.id} (rebuild, LOADING)`,
    );
    await control.cancel(job.id);
    expect(await runToEnd(job, each)).toMatchObject({ state: 'CANCELLED' });
    expect(await versions()).toEqual(before);
    await expect(control.cancel(job.id)).rejects.toThrow('it is CANCELLED');
    const schemas = await database.query(`SELECT FROM pg_namespace WHERE nspname = 'read_models_v${job.version}'`);
    expect(schemas).toEqual([]);
  });
}

describe('a rebuild on a plain Postgres', () => {
  const postgres = withPostgres();
  describeRebuild(() => postgres.open(), false);
});

describe('a rebuild on TimescaleDB', () => {
  const timescale = withTimescale();
  describeRebuild(async () => timescale.db, true);

  it('keeps the partitions of its tables', async () => {
    const storage = await openReadModels(timescale.db).then((each) => each.storage);
    expect(storage.hypertables.map(({ table, partitions }) => [table, partitions?.count ?? null])).toEqual([
      ['coordination_decisions_ts', 8],
      ['coordination_performance_ts', null],
    ]);
  });
});
