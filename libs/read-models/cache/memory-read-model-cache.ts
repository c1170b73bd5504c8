import type { CacheOutcome, CacheWrite, ReadModelCache } from './read-model-cache.js';
import { POSITION_EXTRA_SECONDS } from './read-model-cache.js';

interface Entry {
  /** JSON text of a value, or of each item of a list; null where deleted */
  readonly content: string | readonly string[] | null;
  readonly position: bigint;
  /** milliseconds of the clock */
  readonly expiresAt: number;
  readonly forgottenAt: number;
}

const SWEEP_INTERVAL_MS = 60_000;

/** The cache of a single process: what Redis does, in a Map. */
export class MemoryReadModelCache implements ReadModelCache {
  readonly shared: boolean = false;
  private readonly entries = new Map<string, Entry>();
  private position: bigint | null = null;
  private sweptAt: number;

  /** @param now milliseconds */
  constructor(private readonly now: () => number = Date.now) {
    this.sweptAt = now();
  }

  async readValue(key: string): Promise<string | null> {
    const content = this.live(key);
    return typeof content === 'string' ? content : null;
  }

  async readList(key: string): Promise<readonly string[] | null> {
    const content = this.live(key);
    return typeof content === 'object' ? content : null;
  }

  async write(writes: readonly CacheWrite[]): Promise<readonly CacheOutcome[]> {
    this.sweep();
    return writes.map((write) => this.apply(write));
  }

  async checkpoint(): Promise<bigint | null> {
    return this.position;
  }

  async saveCheckpoint(position: bigint): Promise<void> {
    if (this.position === null || position > this.position) this.position = position;
  }

  async ping(): Promise<void> {}

  async clear(): Promise<void> {
    this.entries.clear();
    this.position = null;
  }

  async close(): Promise<void> {
    await this.clear();
  }

  private apply({ position, change }: CacheWrite): CacheOutcome {
    const held = this.entries.get(change.key);
    const known = held !== undefined && held.forgottenAt > this.now() ? held.position : null;
    if (change.kind === 'PREPEND') {
      if (known !== null && known >= position) return 'STALE';
      const list = this.live(change.key);
      if (known === null || typeof list !== 'object' || list === null) return 'MISSING';
      this.put(change, position, [...change.items.map(text), ...list].slice(0, change.limit));
      return 'APPLIED';
    }
    if (known !== null && known > position) return 'STALE';
    this.put(change, position, contentOf(change));
    return 'APPLIED';
  }

  private put(to: { key: string; ttlSeconds: number }, position: bigint, content: Entry['content']): void {
    const expiresAt = this.now() + to.ttlSeconds * 1_000;
    this.entries.set(to.key, { content, position, expiresAt, forgottenAt: expiresAt + POSITION_EXTRA_SECONDS * 1_000 });
  }

  private live(key: string): Entry['content'] {
    const entry = this.entries.get(key);
    return entry !== undefined && entry.expiresAt > this.now() ? entry.content : null;
  }

  /** Redis expires by itself; here what nobody asks for again would stay for good. */
  private sweep(): void {
    const now = this.now();
    if (now - this.sweptAt < SWEEP_INTERVAL_MS) return;
    this.sweptAt = now;
    for (const [key, entry] of this.entries) {
      if (entry.forgottenAt <= now) this.entries.delete(key);
      else if (entry.expiresAt <= now) this.entries.set(key, { ...entry, content: null });
    }
  }
}

const text = (item: object): string => JSON.stringify(item);

function contentOf(change: Exclude<CacheWrite['change'], { kind: 'PREPEND' }>): Entry['content'] {
  if (change.kind === 'SET') return text(change.value);
  if (change.kind === 'DELETE' || change.items.length === 0) return null;
  return change.items.map(text);
}
