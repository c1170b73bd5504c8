import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { CoordinationResponse } from '#domain';
import { createPostgresDatabase, packageRoot, type SqlDatabase } from '#platform';
import { findFreePort, withPulsar, withRedis } from '#testing';
import { examine } from '../cli/doctor/examine.js';
import { buildIfMissing } from './build-if-missing.fixture.js';
import type { ServiceName, ServiceProcess } from './service-process.js';
import { PostgresServer, Stack } from './stack.fixture.js';

const SLOW_MS = 180_000;
const NAMES: readonly ServiceName[] = ['command', 'projector', 'query'];
const FAKETIME = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
  .map((folder) => `${folder}/faketime/libfaketimeMT.so.1`)
  .find((file) => spawnSync('test', ['-e', file]).status === 0);

/** A small file system of its own; null where this user may not mount one. */
function smallDisk(megabytes: number): { readonly folder: string; unmount(): void } | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const folder = mkdtempSync(join(tmpdir(), 'coordination-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'tmpfs', folder]);
  const unmount = (): void => {
    if (status === 0) spawnSync('umount', ['-l', folder]);
    rmdirSync(folder);
  };
  if (status === 0) return { folder, unmount };
  unmount();
  return null;
}

const mayMount = ((): boolean => {
  const disk = smallDisk(1);
  disk?.unmount();
  return disk !== null;
})();

describe('servers that are not as they should be', () => {
  const redis = withRedis({ own: true });

  redis.describe('to the processes of docker-compose.yml', () => {
    let stack: Stack;
    let database: SqlDatabase;
    let nobody = '';
    const within = async (what: () => Promise<boolean>, ms = 60_000): Promise<void> => {
      const since = performance.now();
      while (!(await what().catch(() => false))) {
        if (performance.now() - since > ms) throw new Error(`not within ${ms} ms`);
        await sleep(50);
      }
    };
    /** What it says when it ends instead of starting. */
    const refusal = async (name: ServiceName, further: Readonly<Record<string, string>>): Promise<string> => {
      const outcome = await stack.start(name, further).then(
        () => 'it started',
        (error: unknown) => (error as Error).message,
      );
      return outcome.replace(/^.*ended:\n/, '');
    };
    const urlsOf = (url: string) => ({ DATABASE_URL: url, READ_DATABASE_URL: url, MARKET_DATA_DATABASE_URL: url });
    const signals = (generatedAt: string) => [
      {
        signal_id: 'a',
        source: 's',
        instrument_id: 'AAA',
        action: 'BUY',
        strength: 0.9,
        confidence: 0.9,
        generated_at: generatedAt,
      },
    ];

    beforeAll(async () => {
      buildIfMissing();
      nobody = `127.0.0.1:${await findFreePort()}`;
      // no broker: nobody waits for it
      const broker = { pulsarUrl: `pulsar://${nobody}`, webSocketUrl: `ws://${nobody}` };
      stack = await Stack.open({ redisUrl: redis.url, ...broker });
      await Promise.all(
        (await Promise.all(NAMES.map((name) => stack.start(name)))).map((each) => each.signal('SIGTERM')),
      );
      database = await createPostgresDatabase({ url: stack.events.url, poolSize: 2 });
    }, SLOW_MS);
    afterAll(async () => {
      await database?.close();
      await stack?.close();
    }, SLOW_MS);

    it.each(NAMES)(
      'a wrong password, a server that is not there: %s ends with one sentence that tells no password',
      async (name) => {
        const wrong = Object.assign(new URL(stack.events.url), { password: 'not-this-one' }).href;
        const said = await refusal(name, urlsOf(wrong));
        expect(said).toMatch(/^Postgres at 127\.0\.0\.1:\d+ refused the user coordination or the password\.$/m);
        expect(said).not.toMatch(/not-this-one|\n\s+at /);

        const away = await refusal(name, urlsOf(`postgres://coordination:secret-one@${nobody}/coordination`));
        expect(away).toMatch(/^Postgres at 127\.0\.0\.1:\d+ cannot be reached: connection refused\.$/m);
        expect(away).not.toMatch(/secret-one|\n\s+at /);
      },
      SLOW_MS,
    );

    it(
      'a database of a newer version: every process ends with a sentence that says so, and changes nothing',
      async () => {
        const readModels = await createPostgresDatabase({ url: stack.readModels.url, poolSize: 1 });
        const tomorrow = `INSERT INTO schema_migrations (folder, number, name, sha256)
          SELECT folder, max(number) + 1, '9999-of-tomorrow', 'x' FROM schema_migrations GROUP BY folder`;
        const count = async () =>
          (await database.query<{ n: number }>('SELECT count(*)::int AS n FROM schema_migrations'))[0]?.n;
        try {
          await database.query(tomorrow);
          await readModels.query(tomorrow);
          const before = await count();
          for (const name of NAMES) {
            expect(await refusal(name, {})).toMatch(
              /^The database is newer than this program: it has migration 9999-of-tomorrow, .+\.$/m,
            );
          }
          expect(await count()).toBe(before);
        } finally {
          const today = `DELETE FROM schema_migrations WHERE name = '9999-of-tomorrow'`;
          await database.query(today);
          await readModels.query(today);
          await readModels.close();
        }
      },
      SLOW_MS,
    );

    describe('a Redis', () => {
      let command: ServiceProcess;
      let projector: ServiceProcess;
      const read = async (query: ServiceProcess, path: string, position: bigint) => {
        const headers = { 'coordination-position': String(position) };
        const answer = await stack.fetch(query, path, { headers });
        return { status: answer.status, from: answer.headers.get('x-served-from'), body: await answer.text() };
      };
      const recent = '/recent-decisions/AAA';
      /** What is read is what the database has, whatever Redis does. */
      const readsAreRight = async (query: ServiceProcess): Promise<string | null> => {
        const { id, position } = await stack.post(() => [command]);
        await within(async () => (await read(query, recent, position)).status === 200);
        const { from, body } = await read(query, recent, position);
        expect(body).toContain(id);
        return from;
      };
      beforeAll(async () => {
        [command, projector] = await Promise.all([stack.start('command'), stack.start('projector')]);
      }, SLOW_MS);
      afterAll(async () => {
        await Promise.all([command?.signal('SIGTERM'), projector?.signal('SIGTERM')]);
      });

      it(
        'with another password: queries are ready, answer from the database, and their log says why',
        async () => {
          const admin = new Redis(redis.url);
          await admin.config('SET', 'requirepass', 'the-right-one');
          const query = await stack.start('query', {
            REDIS_URL: Object.assign(new URL(redis.url), { password: 'a-wrong-one' }).href,
          });
          try {
            expect((await stack.fetch(query, '/health/ready')).status).toBe(200);
            expect(await readsAreRight(query)).toBe('database');
            expect(query.output).toMatch(/Redis cannot be reached, reads go to the database: .*WRONGPASS/);
            expect(query.output).not.toContain('a-wrong-one');
          } finally {
            await admin.config('SET', 'requirepass', '');
            admin.disconnect();
            await query.signal('SIGTERM');
          }
        },
        SLOW_MS,
      );

      it(
        'that evicts, and one that is full and refuses to write: every read is right, and says where it came from',
        async () => {
          const admin = new Redis(redis.url);
          const query = await stack.start('query');
          try {
            await within(async () => (await readsAreRight(query)) === 'cache');
            // little more than it holds: it gives up some keys and keeps others
            const evicted = async () => Number(/evicted_keys:(\d+)/.exec(await admin.info('stats'))?.[1]);
            const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
            await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
            await admin.config('SET', 'maxmemory', String(used + 20_000));
            await within(async () => {
              await readsAreRight(query);
              return (await evicted()) > 20;
            });
            // the checkpoint alone gone, of all keys: what is left in the cache must not pass for what the tables have
            await admin.del('coordination:cache_checkpoint');
            await readsAreRight(query);
            // less than an empty one needs: nothing stays
            await admin.config('SET', 'maxmemory', '1mb');
            expect(await readsAreRight(query)).toBe('database');

            await admin.config('SET', 'maxmemory-policy', 'noeviction');
            expect(await readsAreRight(query)).toBe('database');
            const misses = await stack.metric(query, 'query_cached_reads_total');
            expect(misses).toBeGreaterThan(0);
            const findings = await examine({ REDIS_URL: redis.url }, []);
            expect(findings).toContainEqual(
              expect.objectContaining({
                area: 'redis',
                status: 'WARN',
                finding: expect.stringContaining('noeviction') as unknown,
              }),
            );

            await admin.config('SET', 'maxmemory', '0');
            await within(async () => (await readsAreRight(query)) === 'cache');
          } finally {
            await admin.config('SET', 'maxmemory', '0');
            admin.disconnect();
            await query.signal('SIGTERM');
          }
        },
        SLOW_MS,
      );
    });

    (mayMount ? it : it.skip)(
      'a full disk: appends are refused with a problem document, nothing acknowledged is lost, and it goes on by itself',
      async () => {
        const disk = smallDisk(320);
        if (disk === null) throw new Error('The small disk could be mounted a moment ago.');
        const home = join(disk.folder, 'events');
        await mkdir(home);
        const server = await PostgresServer.start(home);
        try {
          const command = await stack.start('command', {
            ...urlsOf(server.url),
            PULSAR_URL: '',
            PULSAR_WEBSOCKET_URL: '',
          });
          const kept = stack.acknowledged.length;
          for (let i = 0; i < 5; i++) await stack.post(() => [command]);
          const ballast = await fill(join(disk.folder, 'ballast'), disk.folder);
          let refused: Response | null = null;
          for (let i = 0; i < 2_000 && refused === null; i++) {
            const key = `full-${i}`;
            const answer = await stack.postTo(command, key, 'full');
            if (answer.status === 201) {
              stack.acknowledge(answer, key, (await answer.json()) as CoordinationResponse);
            } else refused = answer;
          }
          expect(refused?.status).toBe(503);
          expect(refused?.headers.get('content-type')).toBe('application/problem+json');
          expect(refused?.headers.get('retry-after')).toBe('1');
          expect(await refused?.json()).toMatchObject({
            type: '/problems/storage-unavailable',
            detail: 'The disk of the database is full. Nothing of this request was stored.',
          });
          expect((await stack.fetch(command, '/health/live')).status).toBe(200);

          await rm(ballast);
          await stack.postMany(() => [command], 5);
          expect((await stack.fetch(command, '/health/ready')).status).toBe(200);
          const full = await createPostgresDatabase({ url: server.url, poolSize: 1 });
          const rows = await full.query<{ id: string }>(
            `SELECT data::json ->> 'coordination_id' AS id FROM events WHERE type = 'coordination_completed'`,
          );
          await full.close();
          expect(rows.map(({ id }) => id).sort()).toEqual(
            stack.acknowledged
              .slice(kept)
              .map(({ id }) => id)
              .sort(),
          );
          await command.signal('SIGTERM');
        } finally {
          await server.stop();
          disk.unmount();
        }
      },
      SLOW_MS,
    );

    (FAKETIME === undefined ? it.skip : it)(
      'clocks an hour apart: one publishes and the lanes stay where they are, signals from the future are refused, and it is told',
      async () => {
        const faked = (offset: string) => ({
          LD_PRELOAD: FAKETIME ?? '',
          FAKETIME: offset,
          FAKETIME_DONT_FAKE_MONOTONIC: '1',
        });
        const [ahead, behind, right, projector, projectorBehind] = await Promise.all([
          stack.start('command', faked('+1h')),
          stack.start('command', faked('-1h')),
          stack.start('command'),
          stack.start('projector'),
          stack.start('projector', faked('-1h')),
        ]);
        const all = [ahead, behind, right, projector, projectorBehind];
        try {
          expect(await stack.metric(ahead, 'clock_skew_seconds')).toBeCloseTo(3600, -1);
          expect(await stack.metric(behind, 'clock_skew_seconds')).toBeCloseTo(-3600, -1);
          expect(Math.abs(await stack.metric(right, 'clock_skew_seconds'))).toBeLessThan(1);
          expect(ahead.output).toMatch(/clock is 3[56]\d\d\.\d s ahead of that of the event store/);
          expect(right.output).not.toContain('that of the event store');

          // leases: of the lanes each projector has half, and keeps it for longer than a lease lasts
          const lanes = () =>
            Promise.all([projector, projectorBehind].map((each) => stack.metric(each, 'projector_lanes')));
          await within(async () => (await lanes()).every((held) => held === 4));
          const readModels = await createPostgresDatabase({ url: stack.readModels.url, poolSize: 1 });
          const fences = () =>
            readModels.query('SELECT lane, fence::text AS fence FROM projection_lanes ORDER BY lane');
          const before = await fences();
          await stack.postMany(() => [ahead, behind, right], 12);
          await sleep(5_000);
          expect(await fences()).toEqual(before);
          await readModels.close();

          // a source with the right clock is from the future to the process that is behind
          const answer = await stack.fetch(behind, '/coordinate', {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'idempotency-key': 'from-the-future' },
            body: JSON.stringify({ ...stack.sample(), as_of: undefined, signals: signals(new Date().toISOString()) }),
          });
          const body = (await answer.json()) as {
            readonly rejected_signals: readonly { readonly reason_code: string }[];
          };
          expect([answer.status, body.rejected_signals.map((each) => each.reason_code)]).toEqual([
            201,
            ['FROM_FUTURE'],
          ]);
        } finally {
          await Promise.all(all.map((each) => each.signal('SIGTERM')));
        }
        const doctor = spawnSync(process.execPath, [join(packageRoot(), 'dist/apps/cli/main.js'), 'doctor', '--json'], {
          env: { PATH: process.env['PATH'], ...faked('+1h'), DATABASE_URL: stack.events.url },
          encoding: 'utf8',
        });
        expect(`${doctor.stdout}${doctor.stderr}`).toMatch(/its clock is 3[56]\d\d\.\d s behind this machine's/);
        expect(doctor.status).toBe(1);
      },
      SLOW_MS,
    );
  });
});

/** Takes what room there is left. */
async function fill(path: string, disk: string): Promise<string> {
  const file = await open(path, 'w');
  const chunk = Buffer.alloc(64 * 1024);
  try {
    while ((await statfs(disk)).bavail > 0) await file.write(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    await file.close();
  }
  return path;
}

describe('a broker that keeps repeats', () => {
  const pulsar = withPulsar({ own: true, settings: { brokerDeduplicationEnabled: 'false' } });
  const redis = withRedis({ own: true });

  pulsar.describe('beside a command process', () => {
    it(
      'is told of in its log, by a metric and by the doctor, and everything is published all the same',
      async () => {
        const stack = await Stack.open({
          redisUrl: redis.url,
          pulsarUrl: pulsar.url,
          webSocketUrl: pulsar.webSocketUrl,
        });
        try {
          const command = await stack.start('command');
          const since = performance.now();
          while ((await stack.metric(command, 'relay_leading')) !== 1) {
            if (performance.now() - since > 30_000) throw new Error(`it does not publish:\n${command.output}`);
            await sleep(50);
          }
          expect(await stack.metric(command, 'relay_broker_deduplicates')).toBe(0);
          expect(command.output).toContain('The broker keeps repeats: switch on deduplication');
          await stack.postMany(() => [command], 4);
          while ((await stack.metric(command, 'relay_position')) < Number(stack.acknowledged.at(-1)?.position)) {
            if (performance.now() - since > 60_000) throw new Error(`it does not publish:\n${command.output}`);
            await sleep(50);
          }
          expect(await examine({ PULSAR_WEBSOCKET_URL: pulsar.webSocketUrl }, [])).toContainEqual(
            expect.objectContaining({
              area: 'pulsar',
              status: 'FAIL',
              advice: expect.stringContaining('brokerDeduplicationEnabled=true') as unknown,
            }),
          );
          await command.signal('SIGTERM');
        } finally {
          await stack.close();
        }
      },
      SLOW_MS,
    );
  });
});
