import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { RecordedEvent } from '#domain';
import type { SqlDatabase } from '#platform';
import { cacheChanges } from '#projections';
import {
  AdvanceSignal,
  MemoryReadModelCache,
  openReadModels,
  type ReadModelCache,
  TimescaleReadModels,
} from '#read-models';
import {
  coordinationCompleted,
  riskModelPublished,
  portfolioStateSet,
  RecordedLog,
  sampleDecision,
  withPostgres,
} from '#testing';
import { CacheProjector } from './cache-projector.js';
import { ParkedEvents } from './parked/parked-events.js';
import { ProjectorMetrics, projectorMetricProviders } from './projector-metrics.js';
import { ReadModelProjector } from './read-model-projector.js';

const state = (cash: number) => ({ portfolio_id: 'main', as_of: '2025-06-20T20:00:00.000Z', cash, positions: [] });

/** Its instrument does not fit the column of the published schema. */
const poison = (position: bigint, stream?: string) =>
  coordinationCompleted(stream === undefined ? { position } : { position, stream }, {
    decisions: [sampleDecision('X'.repeat(21))],
  });

const coordinations = (from: number, to: number): readonly RecordedEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => coordinationCompleted({ position: BigInt(from + index) }));

/** A database that fails its next transactions, before them or in place of their commit. */
class FailingDatabase implements SqlDatabase {
  failures: { readonly error: Error; readonly when: 'BEFORE' | 'AT_COMMIT' }[] = [];
  down = false;

  constructor(private readonly database: SqlDatabase) {}

  query: SqlDatabase['query'] = (sql, parameters) =>
    this.down ? Promise.reject(new Error('Connection terminated')) : this.database.query(sql, parameters);

  async transaction<T>(work: Parameters<SqlDatabase['transaction']>[0]): Promise<T> {
    if (this.down) throw new Error('Connection terminated');
    const failure = this.failures.shift();
    if (failure?.when === 'BEFORE') throw failure.error;
    return this.database.transaction(async (transaction) => {
      const result = await work(transaction);
      if (failure) throw failure.error;
      return result as T;
    });
  }

  close = (): Promise<void> => this.database.close();
}

class SharedMemoryCache extends MemoryReadModelCache {
  override readonly shared = true;
  private evicted = false;

  /** as Redis may, of all keys this one */
  evictCheckpoint(): void {
    this.evicted = true;
  }

  override async checkpoint(): Promise<bigint | null> {
    return this.evicted ? null : super.checkpoint();
  }

  override async saveCheckpoint(position: bigint): Promise<void> {
    this.evicted = false;
    await super.saveCheckpoint(position);
  }
}

const sqlError = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });

describe('the projector', () => {
  const postgres = withPostgres();
  let metrics: ProjectorMetrics;
  let plain: SqlDatabase;
  let database: FailingDatabase;
  let readModels: TimescaleReadModels;
  let advance: AdvanceSignal;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const module = await Test.createTestingModule({
      providers: [...projectorMetricProviders, ProjectorMetrics],
    }).compile();
    metrics = module.get(ProjectorMetrics);
    plain = await postgres.open();
    await openReadModels(plain);
  });

  beforeEach(async () => {
    database = new FailingDatabase(plain);
    readModels = await TimescaleReadModels.open(database);
    await readModels.clear();
    advance = new AdvanceSignal();
  });

  let projectors = 0;
  /** each takes all lanes from the one before it, as a process does that starts again */
  const projector = (log: RecordedLog, batchSize = 4) =>
    new ReadModelProjector(
      { eventStore: log, readModels, advance, metrics },
      { owner: `projector-${(projectors += 1)}`, leaseMs: null, batchSize, attemptsMax: 3, attemptDelayMs: 1 },
    );
  const parked = (log: RecordedLog) => new ParkedEvents({ eventStore: log, readModels, advance });

  async function drain(step: () => Promise<boolean>): Promise<void> {
    while (await step());
  }

  async function dump(): Promise<readonly string[]> {
    const tables = ['coordination_decisions_ts', 'coordination_performance_ts', 'coordinations', 'portfolio_states'];
    const rows = await Promise.all(
      tables.map((table) => plain.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`)),
    );
    return rows.flat().map(({ row }) => row);
  }

  it('folds what is there, once, and then has nothing to do', async () => {
    const log = new RecordedLog([portfolioStateSet({ position: 1n }, state(1)), ...coordinations(2, 10)]);
    const runner = projector(log);
    let advances = 0;
    advance.onAdvanced(() => (advances += 1));
    await drain(() => runner.step());
    expect(await readModels.checkpoint()).toBe(10n);
    expect(advances).toBe(3);
    expect((await readModels.decisions({}, 100, null)).decisions).toHaveLength(9);
    expect(await runner.step()).toBe(false);
    expect(advances).toBe(3);
  });

  it('ends in the same rows after crashes between and within batches', async () => {
    const log = new RecordedLog([portfolioStateSet({ position: 1n }, state(1)), ...coordinations(2, 12)]);
    const undisturbed = projector(log);
    await drain(() => undisturbed.step());
    const expected = await dump();
    await readModels.clear();
    for (let crash = 0; (await readModels.checkpoint()) < 12n; crash++) {
      // each run is a new process: it knows only what was committed
      const runner = projector(log, 1 + (crash % 3));
      await runner.step();
      database.failures = [{ error: sqlError('57P01'), when: crash % 2 === 0 ? 'AT_COMMIT' : 'BEFORE' }];
      await runner.step().catch(() => undefined);
      database.failures = [];
    }
    expect(await dump()).toEqual(expected);
    expect(await readModels.deadLetters()).toEqual([]);
  });

  it('parks an event that cannot be folded, holds its stream and goes on with the others', async () => {
    const stream = 'coordination-poisoned';
    const later = coordinationCompleted({ position: 5n, stream, version: 3 });
    const log = new RecordedLog([...coordinations(1, 2), poison(3n, stream), ...coordinations(4, 4), later]);
    const runner = projector(log);
    await drain(() => runner.step());
    log.push(...coordinations(6, 6));
    await drain(() => runner.step());
    expect(await readModels.checkpoint()).toBe(6n);
    expect(await readModels.deadLetters()).toMatchObject([
      {
        position: 3n,
        stream,
        reason: 'FAILED',
        attempts: 3,
        error: expect.stringContaining('character varying(20)') as string,
      },
      { position: 5n, stream, reason: 'HELD', error: 'waits for the event at position 3 of its stream' },
    ]);
    const { decisions } = await readModels.decisions({}, 10, null);
    expect(decisions.map((d) => d.coordination_id.slice(-1))).toEqual(['6', '4', '2', '1']);
  });

  it('still holds the stream after a restart, and folds it when the cause is mended', async () => {
    const stream = 'coordination-poisoned';
    const log = new RecordedLog([poison(1n, stream)]);
    const first = projector(log);
    await drain(() => first.step());
    log.push(coordinationCompleted({ position: 2n, stream, version: 3 }));
    const second = projector(log);
    expect(await parked(log).retryAll()).toBe(0);
    await drain(() => second.step());
    expect((await readModels.deadLetters()).map(({ reason, attempts }) => [reason, attempts])).toEqual([
      ['FAILED', 4],
      ['HELD', 0],
    ]);
    expect(await parked(log).retry(3n)).toBeNull();
    log.replace(coordinationCompleted({ position: 1n, stream }));
    // asked for by the event that waits, it begins with the one that is waited for
    expect(await parked(log).retry(2n)).toEqual({ stream, applied: 2, remaining: 0, error: null });
    expect(await readModels.deadLetters()).toEqual([]);
    expect((await readModels.decisions({}, 10, null)).decisions).toHaveLength(2);
    // the projector was running all the while: it must not hold the stream any longer
    log.push(coordinationCompleted({ position: 3n, stream, version: 4 }));
    await drain(() => second.step());
    expect(await readModels.deadLetters()).toEqual([]);
    expect(await readModels.checkpoint()).toBe(3n);
  });

  it('stops at an event from a newer program, and goes on with one that knows it', async () => {
    const known = coordinationCompleted({ position: 3n });
    const log = new RecordedLog([...coordinations(1, 2), { ...known, schemaVersion: 99 }, ...coordinations(4, 4)]);
    const runner = projector(log);
    expect(await runner.step()).toBe(false);
    expect(await readModels.checkpoint()).toBe(2n);
    for (const _ of [1, 2]) {
      await expect(runner.step()).rejects.toThrow(
        'a coordination_completed of version 99 at position 3, and this program knows it up to version 3',
      );
    }
    expect(await readModels.checkpoint()).toBe(2n);
    expect(await readModels.deadLetters()).toEqual([]);
    log.replace({ ...known, type: 'order_sent' } as unknown as RecordedEvent);
    await expect(runner.step()).rejects.toThrow('does not know this type');
    log.replace(known);
    await drain(() => runner.step());
    expect(await readModels.checkpoint()).toBe(4n);
  });

  it('parks an event whose data no projection understands', async () => {
    const broken = {
      ...coordinationCompleted({ position: 1n }),
      data: { coordination_id: 'x' },
    } as unknown as RecordedEvent;
    const runner = projector(new RecordedLog([broken, ...coordinations(2, 2)]));
    await drain(() => runner.step());
    expect(await readModels.checkpoint()).toBe(2n);
    expect((await readModels.deadLetters())[0]?.error).toContain('TypeError');
  });

  it('never blames an event for a server in trouble', async () => {
    const runner = projector(new RecordedLog(coordinations(1, 3)));
    for (const code of ['57P01', '53100', '40001', '08006']) {
      database.failures = [{ error: sqlError(code), when: 'BEFORE' }];
      await expect(runner.step()).rejects.toMatchObject({ code });
    }
    database.down = true;
    await expect(runner.step()).rejects.toThrow('Connection terminated');
    database.down = false;
    await drain(() => runner.step());
    expect(await readModels.checkpoint()).toBe(3n);
    expect(await readModels.deadLetters()).toEqual([]);
  });

  it('refuses tables that hold more than the log', async () => {
    const longer = projector(new RecordedLog(coordinations(1, 3)));
    await drain(() => longer.step());
    await expect(projector(new RecordedLog(coordinations(1, 2))).open()).rejects.toThrow(/belong to another log/);
  });

  describe('of the cache', () => {
    const keys = ['portfolio_state:current', 'correlation_matrix:current', 'risk_metrics:AAPL'];
    let log: RecordedLog;
    let cache: SharedMemoryCache;
    let tables: ReadModelProjector;
    beforeEach(() => {
      log = new RecordedLog([portfolioStateSet({ position: 1n }, state(1)), riskModelPublished({ position: 2n })]);
      cache = new SharedMemoryCache();
      tables = projector(log);
    });

    const cached = (to: ReadModelCache = cache) =>
      new CacheProjector({ eventStore: log, readModels, cache: to, metrics }, 4);
    const recent = async (instrument = 'AAPL') =>
      (await cache.readList(`recent_decisions:${instrument}`))?.map((text) =>
        (JSON.parse(text) as { coordination_id: string }).coordination_id.slice(-1),
      );

    it('never runs ahead of the tables', async () => {
      const runner = cached();
      expect(await runner.step()).toBe(false);
      expect(await cache.checkpoint()).toBe(0n);
      await drain(() => tables.step());
      await drain(() => runner.step());
      expect(await cache.checkpoint()).toBe(2n);
      for (const key of keys) expect(await cache.readValue(key)).not.toBeNull();
      expect(await cache.readValue('portfolio_state:current')).toBe(JSON.stringify(state(1)));
    });

    it('reads a list that is not cached from the tables, and adds to one that is', async () => {
      await cache.saveCheckpoint(0n);
      log.push(...coordinations(3, 6));
      await drain(() => tables.step());
      const runner = cached();
      await drain(() => runner.step());
      expect(await recent()).toEqual(['6', '5', '4', '3']);
      log.push(...coordinations(7, 7));
      await drain(() => tables.step());
      await drain(() => runner.step());
      expect(await recent()).toEqual(['7', '6', '5', '4', '3']);
    });

    it('ends in the same values where two projectors write it at the same time', async () => {
      await cache.saveCheckpoint(0n);
      log.push(...coordinations(3, 30));
      await drain(() => tables.step());
      const other = new SharedMemoryCache();
      await other.saveCheckpoint(0n);
      const alone = cached(other);
      await drain(() => alone.step());
      const [one, two] = [cached(), cached()];
      await Promise.all([drain(() => one.step()), drain(() => two.step())]);
      expect(await cache.checkpoint()).toBe(30n);
      for (const key of keys) expect(await cache.readValue(key)).toBe(await other.readValue(key));
      const list = 'recent_decisions:AAPL';
      expect(await cache.readList(list)).toHaveLength(28);
      expect(await cache.readList(list)).toEqual(await other.readList(list));
    });

    it('leaves a list that nobody else can read to the readers', async () => {
      const own = new MemoryReadModelCache();
      await own.saveCheckpoint(0n);
      log.push(...coordinations(3, 3));
      await drain(() => tables.step());
      const runner = cached(own);
      await drain(() => runner.step());
      expect(await own.readList('recent_decisions:AAPL')).toBeNull();
      expect(await own.readValue('risk_metrics:AAPL')).not.toBeNull();
    });

    it('applies nothing twice after a crash before its checkpoint', async () => {
      await cache.saveCheckpoint(0n);
      log.push(...coordinations(3, 4));
      await drain(() => tables.step());
      const crashing = Object.assign(Object.create(cache) as MemoryReadModelCache, {
        saveCheckpoint: () => Promise.reject(new Error('Connection is closed.')),
      });
      await expect(cached(crashing).step()).rejects.toThrow();
      const runner = cached();
      await drain(() => runner.step());
      expect(await recent()).toEqual(['4', '3']);
    });

    it('begins where the tables stand when the cache forgot everything', async () => {
      log.push(...coordinations(3, 4));
      await drain(() => tables.step());
      const runner = cached();
      await drain(() => runner.step());
      expect(await cache.checkpoint()).toBe(4n);
      expect(await recent()).toBeUndefined();
      log.push(...coordinations(5, 5));
      await drain(() => tables.step());
      await drain(() => runner.step());
      expect(await recent()).toEqual(['5', '4', '3']);
    });

    it('empties a cache of which the checkpoint alone was evicted: what is left missed what came in between', async () => {
      await drain(() => tables.step());
      await cache.saveCheckpoint(0n);
      const runner = cached();
      await drain(() => runner.step());
      expect(await cache.readValue('portfolio_state:current')).toBe(JSON.stringify(state(1)));
      log.push(portfolioStateSet({ position: 3n }, state(3)));
      await drain(() => tables.step());
      cache.evictCheckpoint();
      await drain(() => runner.step());
      expect(await cache.checkpoint()).toBe(3n);
      expect(await cache.readValue('portfolio_state:current')).toBeNull();
    });

    it('empties a cache that was folded from another log', async () => {
      await cache.write(
        cacheChanges(portfolioStateSet({ position: 9n }, state(9))).map((change) => ({ position: 9n, change })),
      );
      await cache.saveCheckpoint(9n);
      expect(await cached().open()).toBe(0n);
      expect(await cache.checkpoint()).toBe(0n);
      expect(await cache.readValue('portfolio_state:current')).toBeNull();
    });

    it('empties a cache that is too far behind to catch up with', async () => {
      await cache.saveCheckpoint(1n);
      const ahead = { checkpoint: async () => 5_002n } as TimescaleReadModels;
      const long = { ...log, lastPosition: async () => 5_002n } as RecordedLog;
      const runner = new CacheProjector({ eventStore: long, readModels: ahead, cache, metrics }, 4);
      expect(await runner.open()).toBe(5_002n);
      expect(await cache.checkpoint()).toBe(5_002n);
    });

    it('skips an event whose data no projection understands', async () => {
      await cache.saveCheckpoint(0n);
      const broken = { ...riskModelPublished({ position: 3n }), data: {} } as unknown as RecordedEvent;
      log.push(broken, ...coordinations(4, 4));
      await drain(() => tables.step());
      const runner = cached();
      await drain(() => runner.step());
      expect(await cache.checkpoint()).toBe(4n);
      expect(await recent()).toEqual(['4']);
    });
  });
});
