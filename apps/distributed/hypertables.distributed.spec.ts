import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresDatabase, packageRoot, type SqlDatabase } from '#platform';
import type { PerformanceRow } from '#read-models';
import { withRedis } from '#testing';
import { buildIfMissing } from './build-if-missing.fixture.js';
import type { ServiceName, ServiceProcess } from './service-process.js';
import { Stack } from './stack.fixture.js';

const SLOW_MS = 180_000;
const DAY_MS = 86_400_000;

/** One after the other: every `it` goes on where the one before it ended. */
describe('two projectors and two query processes on the hypertables of a TimescaleDB', () => {
  const redis = withRedis({ own: true });

  redis.describe('where there is Redis', () => {
    let stack: Stack;
    let gate: ChildProcess;
    let hypertables: SqlDatabase;
    const running: Record<ServiceName, ServiceProcess[]> = { command: [], projector: [], query: [] };
    const commands = () => running.command;

    const within = async (what: () => Promise<boolean>, ms = 60_000): Promise<void> => {
      const since = performance.now();
      while (!(await what().catch(() => false))) {
        if (performance.now() - since > ms) throw new Error(`not within ${ms} ms`);
        await sleep(100);
      }
    };
    /** The text that a reader of every acknowledged position is answered. */
    const read = async (query: ServiceProcess, path: string): Promise<string> => {
      const newest = stack.acknowledged.reduce((most, { position }) => (position > most ? position : most), 0n);
      const headers = { 'coordination-position': String(newest) };
      // one that waited for the position in vain says so, and may be asked again
      for (let attempt = 1; ; attempt++) {
        const answer = await stack.fetch(query, path, { headers });
        const text = await answer.text();
        if (answer.status === 200) return text;
        if (answer.status !== 503 || attempt === 5) throw new Error(`${path}: ${answer.status} ${text}`);
      }
    };
    const day = (ahead: number) => new Date(Math.floor(Date.now() / DAY_MS + ahead) * DAY_MS).toISOString();
    const everythingIsThereOnce = async (): Promise<void> => {
      const ids = stack.acknowledged.map(({ id }) => id).sort();
      for (const query of running.query) {
        for (const id of ids.slice(-10)) expect(await read(query, `/coordination/${id}`)).toContain(id);
        const { buckets } = JSON.parse(await read(query, `/performance?bucket=1d&from=${day(-1)}&to=${day(2)}`)) as {
          readonly buckets: readonly PerformanceRow[];
        };
        // two where it runs over midnight
        expect(buckets.reduce((sum, { coordinations }) => sum + coordinations, 0)).toBe(ids.length);
      }
      const stored = await hypertables.query<{ id: string }>(
        'SELECT coordination_id AS id FROM coordinations ORDER BY 1',
      );
      expect(stored.map(({ id }) => id)).toEqual(ids);
    };

    beforeAll(async () => {
      buildIfMissing();
      const nobody = '127.0.0.1:1';
      const broker = { pulsarUrl: `pulsar://${nobody}`, webSocketUrl: `ws://${nobody}` };
      gate = spawn(process.execPath, [join(packageRoot(), 'dist/libs/testing/servers/timescale-gate.js')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const port = new Promise<string>((known, ended) => {
        gate.stdout?.on('data', (data: Buffer) => known(/port (\d+)/.exec(data.toString())?.[1] ?? ''));
        gate.on('exit', (code) => ended(new Error(`The gate ended with code ${code}.`)));
      });
      stack = await Stack.open({ redisUrl: redis.url, ...broker });
      const url = `postgres://coordination:any@127.0.0.1:${await port}/coordination`;
      hypertables = await createPostgresDatabase({ url, poolSize: 1 });
      const start = async (name: ServiceName) => stack.start(name, { READ_DATABASE_URL: url });
      running.command = [await stack.start('command')];
      [running.projector, running.query] = await Promise.all([
        Promise.all([start('projector'), start('projector')]),
        Promise.all([start('query'), start('query')]),
      ]);
    }, SLOW_MS);
    afterAll(async () => {
      await hypertables?.close();
      await stack?.close();
      gate?.kill('SIGKILL');
    }, SLOW_MS);

    it(
      'are ready, share the lanes, and have every coordination and its performance',
      async () => {
        for (const each of [...running.projector, ...running.query]) {
          await within(async () => (await stack.fetch(each, '/health/ready')).status === 200);
        }
        const held = () => Promise.all(running.projector.map((each) => stack.metric(each, 'projector_lanes')));
        await within(async () => (await held()).join() === '4,4');
        for (const each of running.projector) expect(await stack.metric(each, 'read_models_timescale')).toBe(1);
        await stack.postMany(commands, 20);
        await everythingIsThereOnce();
        const chunks = await hypertables.query(
          `SELECT FROM timescaledb_information.chunks WHERE hypertable_name = 'coordination_performance_ts'`,
        );
        expect(chunks.length).toBeGreaterThan(0);
      },
      SLOW_MS,
    );

    it(
      'go on when a projector is killed: the other one folds its lanes',
      async () => {
        const [killed, left] = running.projector as [ServiceProcess, ServiceProcess];
        const sending = stack.postMany(commands, 20);
        running.projector = [left];
        await killed.signal('SIGKILL');
        await sending;
        await within(async () => (await stack.metric(left, 'projector_lanes')) === 8);
        await everythingIsThereOnce();
        expect(await stack.metric(left, 'projector_parked_total')).toBe(0);
      },
      SLOW_MS,
    );

    it(
      'end on SIGTERM with code 0',
      async () => {
        const all = Object.values(running).flat();
        const codes = await Promise.all(all.map((each) => each.signal('SIGTERM')));
        expect(codes.map((code, i) => [code, code === 0 ? '' : all[i]?.lastLines])).toEqual(all.map(() => [0, '']));
      },
      SLOW_MS,
    );
  });
});
