import { Redis } from 'ioredis';
import { withRedis } from '#testing';
import { describeReadModelCache } from './read-model-cache.contract.js';
import { RedisReadModelCache } from './redis-read-model-cache.js';

const server = withRedis();

server.describe('the cache in Redis', () => {
  let client: Redis;
  beforeAll(() => void (client = new Redis(server.url)));
  afterAll(() => client.disconnect());

  describeReadModelCache(async () => {
    await client.flushdb();
    return RedisReadModelCache.open({ url: server.url });
  });

  it('is readable by anybody under the published keys, with their times to live', async () => {
    await client.flushdb();
    const cache = await RedisReadModelCache.open({ url: server.url });
    await cache.write([
      { position: 1n, change: { kind: 'SET', key: 'portfolio_state:current', value: { cash: 1 }, ttlSeconds: 60 } },
      { position: 1n, change: { kind: 'FILL_LIST', key: 'recent_decisions:AAPL', items: [{ n: 1 }], ttlSeconds: 300 } },
    ]);
    await cache.close();
    expect(await client.get('portfolio_state:current')).toBe('{"cash":1}');
    expect(await client.ttl('portfolio_state:current')).toBe(60);
    expect(await client.lrange('recent_decisions:AAPL', 0, -1)).toEqual(['{"n":1}']);
    expect(await client.ttl('recent_decisions:AAPL')).toBe(300);
  });

  it('reads a list whose position was evicted as missing', async () => {
    await client.flushdb();
    const cache = await RedisReadModelCache.open({ url: server.url });
    const item = { items: [{ n: 1 }], ttlSeconds: 60, key: 'list' };
    await cache.write([{ position: 1n, change: { kind: 'FILL_LIST', ...item } }]);
    await client.del('coordination:position:list');
    const change = { kind: 'PREPEND', limit: 3, ...item } as const;
    expect(await cache.readList('list')).toBeNull();
    expect(await cache.write([{ position: 2n, change }])).toEqual(['MISSING']);
    await cache.close();
  });

  it('reads a value whose position was evicted as missing: emptying the cache would not find it', async () => {
    await client.flushdb();
    const cache = await RedisReadModelCache.open({ url: server.url });
    const change = { kind: 'SET', key: 'value', value: { n: 1 }, ttlSeconds: 60 } as const;
    await cache.write([{ position: 1n, change }]);
    expect(await cache.readValue('value')).toBe('{"n":1}');
    await client.del('coordination:position:value');
    expect(await cache.readValue('value')).toBeNull();
    await cache.write([{ position: 2n, change }]);
    expect(await cache.readValue('value')).toBe('{"n":1}');
    await cache.close();
  });
});

describe('a Redis that is down', () => {
  it('fails at once, and goes on trying', async () => {
    const errors: Error[] = [];
    const cache = await RedisReadModelCache.open({
      url: 'redis://127.0.0.1:1',
      onError: (error) => errors.push(error),
    });
    const started = Date.now();
    await expect(cache.readValue('value')).rejects.toThrow();
    await expect(
      cache.write([{ position: 1n, change: { kind: 'DELETE', key: 'value', ttlSeconds: 1 } }]),
    ).rejects.toThrow();
    expect(Date.now() - started).toBeLessThan(1_000);
    for (let attempt = 0; errors.length < 2 && attempt < 100; attempt++) {
      await new Promise((wake) => setTimeout(wake, 20));
    }
    expect(errors.length).toBeGreaterThanOrEqual(2);
    await cache.close();
  });
});
