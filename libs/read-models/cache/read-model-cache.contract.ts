import type { CacheWrite, ReadModelCache } from './read-model-cache.js';

const set = (position: bigint, value: object, ttlSeconds = 60): CacheWrite => ({
  position,
  change: { kind: 'SET', key: 'value', value, ttlSeconds },
});
const remove = (position: bigint): CacheWrite => ({
  position,
  change: { kind: 'DELETE', key: 'value', ttlSeconds: 60 },
});
const fill = (position: bigint, ...items: number[]): CacheWrite => ({
  position,
  change: { kind: 'FILL_LIST', key: 'list', items: items.map((n) => ({ n })), ttlSeconds: 60 },
});
const prepend = (position: bigint, ...items: number[]): CacheWrite => ({
  position,
  change: { kind: 'PREPEND', key: 'list', items: items.map((n) => ({ n })), limit: 3, ttlSeconds: 60 },
});

const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

/** What every cache must do. `open` gives an empty one. */
export function describeReadModelCache(open: () => Promise<ReadModelCache>): void {
  let cache: ReadModelCache;
  beforeEach(async () => void (cache = await open()));
  afterEach(() => cache.close());

  const write = async (...writes: CacheWrite[]) => cache.write(writes);
  const numbers = async (): Promise<unknown> =>
    (await cache.readList('list'))?.map((item) => (JSON.parse(item) as { n: number }).n) ?? null;

  it('has nothing at first', async () => {
    expect(await cache.readValue('value')).toBeNull();
    expect(await cache.readList('list')).toBeNull();
    expect(await cache.checkpoint()).toBeNull();
    await expect(cache.ping()).resolves.toBeUndefined();
  });

  it('keeps numbers to the last digit', async () => {
    await write(set(1n, { third: 1 / 3, tiny: 1e-300, text: 'Zürich "€"' }));
    expect(JSON.parse((await cache.readValue('value')) ?? '')).toEqual({
      third: 1 / 3,
      tiny: 1e-300,
      text: 'Zürich "€"',
    });
  });

  it('never takes a value back in time', async () => {
    expect(await write(set(5n, { n: 5 }), set(4n, { n: 4 }))).toEqual(['APPLIED', 'STALE']);
    expect(await cache.readValue('value')).toBe('{"n":5}');
    expect(await write(set(5n, { n: 5 }), set(10n, { n: 10 }))).toEqual(['APPLIED', 'APPLIED']);
    expect(await cache.readValue('value')).toBe('{"n":10}');
  });

  it('remembers that a value was deleted', async () => {
    await write(set(5n, { n: 5 }), remove(6n));
    expect(await cache.readValue('value')).toBeNull();
    expect(await write(set(5n, { n: 5 }))).toEqual(['STALE']);
    expect(await cache.readValue('value')).toBeNull();
  });

  it('forgets a value after its time, but not its position', async () => {
    await write(set(5n, { n: 5 }, 1));
    expect(await cache.readValue('value')).toBe('{"n":5}');
    await pause(1_100);
    expect(await cache.readValue('value')).toBeNull();
    expect(await write(set(4n, { n: 4 }))).toEqual(['STALE']);
    expect(await write(set(6n, { n: 6 }))).toEqual(['APPLIED']);
  });

  it('puts items before those of a list and keeps the newest', async () => {
    expect(await write(fill(3n, 2, 1), prepend(4n, 4, 3), prepend(6n, 5))).toEqual(['APPLIED', 'APPLIED', 'APPLIED']);
    expect(await numbers()).toEqual([5, 4, 3]);
  });

  it('applies an addition once', async () => {
    await write(fill(3n, 1), prepend(4n, 2));
    expect(await write(prepend(4n, 2), prepend(3n, 1))).toEqual(['STALE', 'STALE']);
    expect(await numbers()).toEqual([2, 1]);
  });

  it('says where there is no list to add to, instead of starting one that lacks what came before', async () => {
    expect(await write(prepend(4n, 2))).toEqual(['MISSING']);
    expect(await numbers()).toBeNull();
    // a list read from elsewhere at a later position has the item already
    expect(await write(fill(7n, 3, 2, 1), prepend(4n, 2), prepend(8n, 4))).toEqual(['APPLIED', 'STALE', 'APPLIED']);
    expect(await numbers()).toEqual([4, 3, 2]);
    expect(await write(fill(7n, 3, 2, 1))).toEqual(['STALE']);
    expect(await numbers()).toEqual([4, 3, 2]);
  });

  it('has no empty lists', async () => {
    expect(await write(fill(1n), prepend(2n, 1))).toEqual(['APPLIED', 'MISSING']);
    expect(await cache.readList('list')).toBeNull();
  });

  it('moves its checkpoint forward only', async () => {
    await cache.saveCheckpoint(9_007_199_254_740n);
    await cache.saveCheckpoint(12n);
    expect(await cache.checkpoint()).toBe(9_007_199_254_740n);
  });

  it('forgets everything when it is cleared', async () => {
    await write(set(5n, { n: 5 }), fill(5n, 1));
    await cache.saveCheckpoint(5n);
    await cache.clear();
    expect([await cache.readValue('value'), await numbers(), await cache.checkpoint()]).toEqual([null, null, null]);
    expect(await write(set(1n, { n: 1 }))).toEqual(['APPLIED']);
  });
}
