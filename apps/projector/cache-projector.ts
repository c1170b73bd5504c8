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

  /** Empties a cache that holds more than the log: it belongs to another one. */
  async open(): Promise<void> {
    const [held, end] = [await this.to.cache.checkpoint(), await this.to.eventStore.lastPosition()];
    if (held === null || held <= end) return;
    this.logger.warn(`The cache is folded up to position ${held} but the log ends at ${end}: emptying it.`);
    await this.to.cache.clear();
  }

  /** Applies the next batch. Gives whether there may be more. Rejects where a server does not answer. */
  async step(): Promise<boolean> {
    const { cache, eventStore, readModels, metrics } = this.to;
    const [end, held] = [await readModels.checkpoint(), await cache.checkpoint()];
    if (held === null && end > 0n) {
      this.logger.log(`The cache is empty: going on from position ${end}.`);
      await cache.saveCheckpoint(end);
    }
    const after = held ?? end;
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
