import { MemoryReadModelCache } from './memory-read-model-cache.js';
import { describeReadModelCache } from './read-model-cache.contract.js';

describe('the cache in memory', () => {
  describeReadModelCache(async () => new MemoryReadModelCache());

  it('forgets positions an hour after the values', async () => {
    let now = 0;
    const cache = new MemoryReadModelCache(() => now);
    const set = (position: bigint) =>
      cache.write([{ position, change: { kind: 'SET', key: 'value', value: {}, ttlSeconds: 60 } }]);
    await set(5n);
    now = 3_600_000;
    expect(await set(4n)).toEqual(['STALE']);
    now = 3_660_001;
    expect(await set(4n)).toEqual(['APPLIED']);
  });
});
