import { Inject, Injectable, Logger } from '@nestjs/common';
import type { CacheKey } from '#projections';
import type { AtPosition, CacheWrite } from '#read-models';
import { QUERY_ADAPTERS, type QueryAdapters } from './query-adapters.js';
import { type CachedReadOutcome, QueryMetrics } from './query-metrics.js';

/** JSON text, and where it was found: the header `X-Served-From` says it to the caller. */
export interface Served {
  readonly json: string;
  readonly from: 'cache' | 'database';
}

export interface CachedRead<T> {
  /** label of the metric */
  readonly model: string;
  readonly key: CacheKey;
  /** the position that the answer must hold */
  readonly position: bigint | null;
  /** from the database; null where there is no such thing */
  readonly load: () => Promise<AtPosition<T> | null>;
}

/**
 * Reads the cache and, where it has nothing, does not hold the position or does not answer, the database; what was found
 * there is put into the cache. Which of them it was is counted, logged and told to the caller.
 */
@Injectable()
export class CachedReads {
  private readonly logger = new Logger(CachedReads.name);

  constructor(
    @Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters,
    @Inject(QueryMetrics) private readonly metrics: QueryMetrics,
  ) {}

  value(read: CachedRead<object>): Promise<Served | null> {
    const { key, ttlSeconds } = read.key;
    return this.serve(
      read,
      () => this.adapters.cache.readValue(key),
      (value) => ({ kind: 'SET', key, ttlSeconds, value }),
    );
  }

  list(read: CachedRead<readonly object[]>): Promise<Served | null> {
    const { key, ttlSeconds } = read.key;
    return this.serve(
      read,
      async () => {
        const items = await this.adapters.cache.readList(key);
        return items === null ? null : `[${items.join(',')}]`;
      },
      (items) => ({ kind: 'FILL_LIST', key, ttlSeconds, items }),
    );
  }

  private async serve<T>(
    read: CachedRead<T>,
    look: () => Promise<string | null>,
    fill: (value: T) => CacheWrite['change'],
  ): Promise<Served | null> {
    const { outcome, json } = await this.lookUp(read, look);
    this.metrics.read(read.model, outcome);
    if (json !== null) return { json, from: 'cache' };
    const loaded = await read.load();
    if (loaded === null) return null;
    if (outcome !== 'UNREACHABLE') this.fill({ position: loaded.position, change: fill(loaded.value) });
    return { json: JSON.stringify(loaded.value), from: 'database' };
  }

  private async lookUp<T>(
    { key: { key }, position }: CachedRead<T>,
    look: () => Promise<string | null>,
  ): Promise<{ readonly outcome: CachedReadOutcome; readonly json: string | null }> {
    try {
      if (position !== null && ((await this.adapters.cache.checkpoint()) ?? 0n) < position) {
        this.logger.log(`The cache does not hold position ${position} yet: ${key} is read from the database.`);
        return { outcome: 'BEHIND', json: null };
      }
      const json = await look();
      if (json !== null) return { outcome: 'HIT', json };
      this.logger.log(`Not cached: ${key} is read from the database.`);
      return { outcome: 'MISS', json: null };
    } catch (error) {
      this.logger.warn(`The cache does not answer (${String(error)}): ${key} is read from the database.`);
      return { outcome: 'UNREACHABLE', json: null };
    }
  }

  /** Nobody waits for it: the next reader finds it, or goes to the database again. */
  private fill(write: CacheWrite): void {
    this.adapters.cache.write([write]).catch((error: unknown) => {
      this.logger.warn(`${write.change.key} could not be cached: ${String(error)}`);
    });
  }
}
