import { Logger } from '@nestjs/common';
import type { RecordedEvent } from '#domain';
import {
  type CacheChange,
  cacheChanges,
  instrumentOfRecentDecisions,
  RECENT_DECISIONS_LIMIT,
  recentDecisionsKey,
} from '#projections';
import type { CacheWrite, ReadModelCache, TimescaleReadModels } from '#read-models';
import type { EventLog } from './projector-adapters.js';
import type { ProjectorMetrics } from './projector-metrics.js';

interface Dependencies {
  readonly eventStore: EventLog;
  readonly readModels: TimescaleReadModels;
  readonly cache: ReadModelCache;
  readonly metrics: ProjectorMetrics;
}

const PROJECTION = 'cache';
/** lists read from the database in one query: each may hold fifty whole decisions */
const LISTS_MAX = 20;

/** further behind than this, the cache is emptied: its readers fill it sooner than every event of the backlog */
const BEHIND_MAX = 5_000n;

/**
 * Folds the log into the cache with a checkpoint that the cache itself keeps, never further than the tables are: a list
 * that is not cached is read from them. A cache that forgot everything begins where the tables stand, because an empty
 * cache is a true one; what it lacks, the readers fill in.
 */
export class CacheProjector {
  private readonly logger = new Logger(CacheProjector.name);

  constructor(
    private readonly to: Dependencies,
    private readonly batchSize: number,
  ) {}

  /** Where the cache stands, once it is one that can be gone on from. Rejects where a server does not answer. */
  async open(): Promise<bigint> {
    const { cache, eventStore, readModels } = this.to;
    const [held, tables, end] = [
      await cache.checkpoint(),
      await readModels.checkpoint(),
      await eventStore.lastPosition(),
    ];
    if (held !== null && held <= end && tables - held <= BEHIND_MAX) return held;
    if (held !== null) {
      const why = held > end ? `the log ends at ${end}` : `the tables are at ${tables}`;
      this.logger.warn(`The cache is folded up to position ${held} and ${why}: emptying it.`);
    }
    // of a cache that evicts, the checkpoint alone may be gone: what is left would miss what came in between
    await cache.clear();
    await cache.saveCheckpoint(tables);
    return tables;
  }

  /** Applies the next batch. Gives whether there may be more. Rejects where a server does not answer. */
  async step(): Promise<boolean> {
    const { cache, eventStore, readModels, metrics } = this.to;
    const after = (await cache.checkpoint()) ?? (await this.open());
    const end = await readModels.checkpoint();
    if (after >= end) {
      metrics.stands(PROJECTION, after, after, null);
      return false;
    }
    const started = performance.now();
    const events = (await eventStore.readLog(after, this.batchSize)).filter(({ position }) => position <= end);
    const at = events.at(-1);
    if (at === undefined) return false;
    await this.write(events.flatMap((event) => this.writesOf(event)));
    await cache.saveCheckpoint(at.position);
    metrics.applied(PROJECTION, events.length, performance.now() - started);
    metrics.stands(PROJECTION, at.position, end, at.recordedAt);
    return at.position < end;
  }

  /** An event that cannot be folded leaves its keys as they are until they expire: the log line and the counter say so. */
  private writesOf(event: RecordedEvent): readonly CacheWrite[] {
    let changes: readonly CacheChange[] = [];
    try {
      changes = cacheChanges(event);
    } catch (error) {
      this.to.metrics.failed(PROJECTION, 'SKIPPED');
      this.logger.error(`Skipped the ${event.type} at position ${event.position}: ${String(error)}`);
    }
    return changes.map((change) => ({ position: event.position, change }));
  }

  private async write(writes: readonly CacheWrite[]): Promise<void> {
    const outcomes = await this.to.cache.write(writes);
    if (!this.to.cache.shared) return;
    const missing = new Set<string>();
    outcomes.forEach((outcome, index) => {
      const instrument = instrumentOfRecentDecisions(writes[index]?.change.key ?? '');
      if (outcome === 'MISSING' && instrument !== null) missing.add(instrument);
    });
    const instruments = [...missing];
    for (let from = 0; from < instruments.length; from += LISTS_MAX) {
      await this.fillLists(instruments.slice(from, from + LISTS_MAX));
    }
  }

  private async fillLists(instruments: readonly string[]): Promise<void> {
    const { value, position } = await this.to.readModels.recentDecisions(instruments, RECENT_DECISIONS_LIMIT);
    const fills = [...value].map(([instrument, items]): CacheWrite => {
      return { position, change: { kind: 'FILL_LIST', ...recentDecisionsKey(instrument), items } };
    });
    await this.to.cache.write(fills);
  }
}
