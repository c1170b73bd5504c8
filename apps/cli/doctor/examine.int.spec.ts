import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { migrate, MIGRATION_LOCK, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres, withRedis } from '#testing';
import { checkNode } from './check-process.js';
import { examine } from './examine.js';
import { clockFinding, type Finding } from './finding.js';

const of = (findings: readonly Finding[], area: string) => findings.filter((finding) => finding.area === area);
const worst = (findings: readonly Finding[]) =>
  ['FAIL', 'WARN', 'OK'].find((status) => findings.some((finding) => finding.status === status));

describe('what the doctor says of databases', () => {
  const postgres = withPostgres();
  let database: SqlDatabase;
  /** but for the durability that the server of the tests does without */
  const examined = async (area: string, environment: Readonly<Record<string, string>> = {}) =>
    of(await examine({ DATABASE_URL: postgres.url, ...environment }, []), area).filter(
      ({ finding }) => !finding.startsWith('fsync'),
    );
  beforeAll(async () => {
    database = await postgres.open({ poolSize: 1 });
  });

  it('an empty one is to be migrated', async () => {
    const findings = await examined('event store');
    expect(findings).toContainEqual({
      area: 'event store',
      status: 'FAIL',
      finding: expect.stringMatching(/^\d+ migrations are not applied: 0001-event-store, /) as unknown,
      advice: expect.stringContaining('coordination migrate') as unknown,
    });
    expect(findings).toContainEqual(
      expect.objectContaining({ status: 'OK', finding: expect.stringMatching(/^Postgres \d+ answers$/) as unknown }),
    );
  });

  it('a migrated one is fit, though its owner had better not write events', async () => {
    for (const set of ['command', 'market-data', 'query'] as const) {
      await migrate(database, migrationsFolder(set), { lockKey: MIGRATION_LOCK });
    }
    const findings = [...(await examined('event store')), ...(await examined('market data'))];
    expect(worst(findings)).toBe('WARN');
    expect(findings.filter(({ status }) => status === 'WARN').map(({ finding }) => finding)).toEqual([
      'this login owns the events and could change them',
    ]);
    const readModels = await examined('read models');
    expect(readModels).toContainEqual(
      expect.objectContaining({ status: 'WARN', finding: '8 lanes are folded by nobody' }),
    );
    expect(readModels).toContainEqual(expect.objectContaining({ status: 'OK', finding: 'they hold the log up to 0' }));
  });

  it('a login of the application is as it should be', async () => {
    const login = `doctor_${Date.now()}`;
    await database.query(`CREATE ROLE ${login} LOGIN PASSWORD 'secret' IN ROLE coordination_application`);
    try {
      const url = Object.assign(new URL(postgres.url), { username: login, password: 'secret' }).href;
      expect(worst(await examined('event store', { DATABASE_URL: url }))).toBe('OK');
    } finally {
      await database.query(`DROP ROLE ${login}`);
    }
  });

  it('parked events are told of', async () => {
    await database.query(
      `INSERT INTO projection_dead_letters (projection, position, event_id, stream, version, type, reason, error, attempts)
       VALUES ('read-models', 1, gen_random_uuid(), 's', 1, 't', 'FAILED', 'why', 3)`,
    );
    expect(await examined('read models')).toContainEqual(
      expect.objectContaining({ status: 'WARN', finding: '1 events are parked' }),
    );
  });

  it('one that a power cut would take acknowledged events from is not fit', async () => {
    const url = Object.assign(new URL(postgres.url), { search: '?options=-c%20synchronous_commit%3Doff' }).href;
    expect(of(await examine({ DATABASE_URL: url }, []), 'event store')).toContainEqual(
      expect.objectContaining({ status: 'FAIL', advice: 'switch both on' }),
    );
  });

  it('a newer one is not for this program', async () => {
    await database.query(
      `INSERT INTO schema_migrations (folder, number, name, sha256) SELECT 'command', max(number) + 1, '9999-of-tomorrow', 'x' FROM schema_migrations WHERE folder = 'command'`,
    );
    expect(await examined('event store')).toContainEqual(
      expect.objectContaining({
        status: 'FAIL',
        finding: expect.stringContaining('The database is newer than this program') as unknown,
      }),
    );
  });

  it('one that refuses the password, and one that is not there', async () => {
    const refused = Object.assign(new URL(postgres.url), { username: 'nobody', password: 'wrong' }).href;
    const [finding] = await examined('event store', { DATABASE_URL: refused });
    expect(finding).toMatchObject({ status: 'FAIL', advice: 'check address, credentials and that the server runs' });
    expect(JSON.stringify(finding)).not.toContain('wrong');
    const [gone] = await examined('event store', { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/d' });
    expect(gone).toMatchObject({ status: 'FAIL' });
  });
});

describe('what the doctor says of Redis', () => {
  const redis = withRedis();
  redis.describe('that runs', () => {
    it('is fit; one that refuses to write when it is full is not what a cache should be', async () => {
      expect(worst(of(await examine({ REDIS_URL: redis.url }, []), 'redis'))).toBe('OK');
      const admin = new Redis(redis.url);
      await admin.config('SET', 'maxmemory', '50mb');
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      try {
        expect(of(await examine({ REDIS_URL: redis.url }, []), 'redis')).toContainEqual(
          expect.objectContaining({ status: 'WARN', finding: expect.stringContaining('noeviction') as unknown }),
        );
        await admin.config('SET', 'maxmemory-policy', 'volatile-ttl');
        expect(worst(of(await examine({ REDIS_URL: redis.url }, []), 'redis'))).toBe('OK');
      } finally {
        await admin.config('SET', 'maxmemory', '0');
        admin.disconnect();
      }
    });
  });

  it('that does not answer is a warning: reads go to the database', async () => {
    expect(of(await examine({ REDIS_URL: 'redis://127.0.0.1:1' }, []), 'redis')).toEqual([
      expect.objectContaining({ status: 'WARN', advice: expect.stringContaining('every read goes') as unknown }),
    ]);
  });
});

describe('what the doctor says of brokers and processes', () => {
  let answers: Readonly<Record<string, unknown>> = {};
  let server: Server;
  let address = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      const answer = answers[request.url ?? ''];
      response.statusCode = answer === undefined ? 503 : 200;
      response.end(JSON.stringify(answer === undefined ? { detail: 'event store: down' } : answer));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((closed) => server.close(closed)));
  const pulsar = async () => of(await examine({ PULSAR_WEBSOCKET_URL: `ws://${address}` }, []), 'pulsar');

  it.each([
    [null, 'true', 'OK'],
    [null, 'false', 'FAIL'],
    [true, 'false', 'OK'],
    [false, 'true', 'FAIL'],
  ])('deduplication of the namespace %p, of the broker %p: %s', async (own, broker, status) => {
    answers = {
      '/admin/v2/clusters': ['standalone'],
      '/admin/v2/namespaces/public/default/deduplication': own,
      '/admin/v2/brokers/configuration/runtime': { brokerDeduplicationEnabled: broker },
    };
    expect(await pulsar()).toEqual([expect.objectContaining({ status })]);
  });

  it('a broker that does not say, and one that is not there, are warnings', async () => {
    answers = { '/admin/v2/clusters': ['standalone'] };
    expect(await pulsar()).toEqual([expect.objectContaining({ status: 'WARN' })]);
    const gone = await examine({ PULSAR_WEBSOCKET_URL: 'ws://127.0.0.1:1' }, []);
    expect(of(gone, 'pulsar')).toEqual([expect.objectContaining({ status: 'WARN' })]);
  });

  it('asks processes how they are', async () => {
    answers = { '/health/ready': { status: 'ok' } };
    expect(of(await examine({}, [`http://${address}`]), 'service')).toMatchObject([{ status: 'OK' }]);
    answers = {};
    const findings = of(await examine({}, [`http://${address}`, 'http://127.0.0.1:1']), 'service');
    expect(findings).toMatchObject([
      { status: 'FAIL', finding: expect.stringContaining('event store: down') as unknown },
      { status: 'FAIL' },
    ]);
  });
});

describe('what the doctor says of the process itself', () => {
  it('settings that a process refuses', async () => {
    const findings = of(await examine({ ENGINE_THREADS: 'many' }, []), 'settings');
    expect(findings[0]).toMatchObject({
      status: 'FAIL',
      finding: expect.stringContaining('ENGINE_THREADS must be an integer') as unknown,
    });
  });

  it('a Node that is too old', () => {
    expect(checkNode('v18.20.0')).toMatchObject([{ status: 'FAIL' }]);
    expect(checkNode('v20.18.9')).toMatchObject([{ status: 'FAIL' }]);
    expect(checkNode('v22.1.0')).toMatchObject([{ status: 'OK' }]);
  });

  it('clocks that differ', () => {
    expect(clockFinding('a', 0.2).status).toBe('OK');
    expect(clockFinding('a', -5)).toMatchObject({
      status: 'WARN',
      finding: "its clock is 5.0 s behind this machine's",
    });
    expect(clockFinding('a', 3600)).toMatchObject({ status: 'FAIL' });
  });
});
