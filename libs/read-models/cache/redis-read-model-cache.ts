import { Redis } from 'ioredis';
import { type CacheOutcome, type CacheWrite, POSITION_EXTRA_SECONDS, type ReadModelCache } from './read-model-cache.js';
import { FILL_SCRIPT, PREPEND_SCRIPT, SAVE_CHECKPOINT_SCRIPT, SET_SCRIPT } from './redis-scripts.js';

export interface RedisCacheOptions {
  /** redis://[user:password@]host:port[/database], or rediss:// */
  readonly url: string;
  /** a command that takes longer fails, and its reader goes to the database; default 500 */
  readonly commandTimeoutMs?: number;
  /** a connection failed or was lost; reconnecting goes on by itself */
  readonly onError?: (error: Error) => void;
}

const CHECKPOINT_KEY = 'coordination:cache_checkpoint';
const RECONNECT_DELAY_MAX_MS = 2_000;

const POSITION_PREFIX = 'coordination:position:';

const positionKey = (key: string): string => `${POSITION_PREFIX}${key}`;

/** Values are JSON strings and lists are Redis lists of JSON strings, under the published keys; anybody may read them. */
export class RedisReadModelCache implements ReadModelCache {
  readonly shared = true;
  private readonly redis: Redis;

  /** Resolves when it is connected, or could not be at the first attempt: that goes on in the background. */
  static async open(options: RedisCacheOptions): Promise<RedisReadModelCache> {
    const cache = new RedisReadModelCache(options);
    await new Promise<void>((resolve) => cache.redis.once('ready', resolve).once('error', () => resolve()));
    return cache;
  }

  private constructor(options: RedisCacheOptions) {
    this.redis = new Redis(options.url, {
      commandTimeout: options.commandTimeoutMs ?? 500,
      connectTimeout: 2_000,
      // while it is down commands fail at once instead of waiting in a queue
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (attempt) => Math.min(attempt * 100, RECONNECT_DELAY_MAX_MS),
    });
    this.redis.on('error', (error: Error) => options.onError?.(error));
  }

  /** Throws at once where there is no connection, instead of ioredis' own words about its stream and queue. */
  private get connected(): Redis {
    if (this.redis.status !== 'ready') throw new Error('Redis is not connected');
    return this.redis;
  }

  /** Redis may evict the one key and not the other: a value without its position is of nobody knows when. */
  async readValue(key: string): Promise<string | null> {
    const [value, position] = await this.connected.mget(key, positionKey(key));
    return position === null || position === undefined ? null : (value ?? null);
  }

  async readList(key: string): Promise<readonly string[] | null> {
    const answers = await this.connected.multi().lrange(key, 0, -1).exists(positionKey(key)).exec();
    const [[failure, items], [, known]] = (answers ?? [
      [new Error('Redis gave up the transaction'), []],
      [null, 0],
    ]) as [[Error | null, readonly string[]], [Error | null, number]];
    if (failure !== null) throw failure;
    return known !== 1 || items.length === 0 ? null : items;
  }

  async write(writes: readonly CacheWrite[]): Promise<readonly CacheOutcome[]> {
    if (writes.length === 0) return [];
    const pipeline = this.connected.pipeline();
    for (const { position, change } of writes) {
      const { script, content } = commandOf(change);
      const { key, ttlSeconds } = change;
      const times = [ttlSeconds, ttlSeconds + POSITION_EXTRA_SECONDS];
      pipeline.eval(script, 2, key, positionKey(key), position.toString(), ...times, ...content);
    }
    const results = (await pipeline.exec()) ?? [];
    return results.map(([error, outcome]) => {
      if (error !== null) throw error;
      return outcome as CacheOutcome;
    });
  }

  async checkpoint(): Promise<bigint | null> {
    const held = await this.connected.get(CHECKPOINT_KEY);
    return held === null ? null : BigInt(held);
  }

  async saveCheckpoint(position: bigint): Promise<void> {
    await this.connected.eval(SAVE_CHECKPOINT_SCRIPT, 1, CHECKPOINT_KEY, position.toString());
  }

  async clear(): Promise<void> {
    let cursor = '0';
    do {
      const [next, positions] = await this.connected.scan(cursor, 'MATCH', `${POSITION_PREFIX}*`, 'COUNT', 1_000);
      const keys = positions.map((key) => key.slice(POSITION_PREFIX.length));
      if (keys.length > 0) await this.connected.unlink(...keys, ...positions);
      cursor = next;
    } while (cursor !== '0');
    await this.connected.unlink(CHECKPOINT_KEY);
  }

  async ping(): Promise<void> {
    await this.connected.ping();
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }
}

function commandOf(change: CacheWrite['change']): {
  readonly script: string;
  readonly content: readonly (string | number)[];
} {
  switch (change.kind) {
    case 'SET':
      return { script: SET_SCRIPT, content: [JSON.stringify(change.value)] };
    case 'DELETE':
      return { script: FILL_SCRIPT, content: [] };
    case 'FILL_LIST':
      return { script: FILL_SCRIPT, content: change.items.map((item) => JSON.stringify(item)) };
    case 'PREPEND':
      return { script: PREPEND_SCRIPT, content: [change.limit, ...change.items.map((item) => JSON.stringify(item))] };
  }
}
