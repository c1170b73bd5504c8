import type { CacheChange } from '#projections';

/** Replaces a whole list; without items there is no key. */
export interface ListFill {
  readonly kind: 'FILL_LIST';
  readonly key: string;
  /** newest first */
  readonly items: readonly object[];
  readonly ttlSeconds: number;
}

export interface CacheWrite {
  /** the key reflects every event up to it once this is applied */
  readonly position: bigint;
  readonly change: CacheChange | ListFill;
}

/**
 * APPLIED: the key is at the position. STALE: it was there or further already and is left alone.
 * MISSING: there is no list to put the items before; read the whole list elsewhere and fill it.
 */
export type CacheOutcome = 'APPLIED' | 'STALE' | 'MISSING';

/**
 * Values and lists by key, each with a time to live and the position it reflects. A write of a lower position never
 * alters a key, so that repeats, restarts and slow readers that fill a missing key cannot take it back in time.
 * What is cached can always be read from the database; every method rejects when the cache cannot be reached.
 */
export interface ReadModelCache {
  /** others read it by the published keys: then all of those are kept, not only what our own readers ask for */
  readonly shared: boolean;
  /** JSON text; null where absent or expired */
  readValue(key: string): Promise<string | null>;
  /** JSON texts, newest first; null where absent or expired */
  readList(key: string): Promise<readonly string[] | null>;
  /** In order; one outcome for each. */
  write(writes: readonly CacheWrite[]): Promise<readonly CacheOutcome[]>;
  /** up to where the log was folded into this cache; null where it never was, or forgot */
  checkpoint(): Promise<bigint | null>;
  /** Keeps the greater of this and the held one. */
  saveCheckpoint(position: bigint): Promise<void>;
  /** Removes every key that was written through such a cache, and the checkpoint. */
  clear(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The position of a key outlives its value, so that a late write of an older value still finds it. */
export const POSITION_EXTRA_SECONDS = 3_600;
