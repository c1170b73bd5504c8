import { spawnSync } from 'node:child_process';
import type { CoordinationResponse } from '#domain';
import { COORDINATION_COMPLETED_TOPIC, type MessageBus, openPulsar, type ReceivedMessage } from '#messaging';
import type { SqlDatabase } from '#platform';
import { createPostgresDatabase } from '#platform';
import { findFreePort, withPulsar, withRedis } from '#testing';
import { buildIfMissing } from './build-if-missing.fixture.js';
import type { ServiceName, ServiceProcess } from './service-process.js';
import { Stack } from './stack.fixture.js';

const SLOW_MS = 240_000;
/** What two of each process take to go on after one was killed; the leases run 3 to 4 s, the rest is for a busy machine. */
const FAILOVER_MS = 10_000;
const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

/** One after the other: every `it` goes on where the one before it ended. */
describe('two of each process, on Postgres, Redis and Pulsar, as docker-compose.yml starts them', () => {
  const pulsar = withPulsar({ own: true });
  const redis = withRedis({ own: true });

  pulsar.describe('where there are Redis and Pulsar', () => {
    redis.describe('and parts of it die', () => {
      let stack: Stack;
      let database: SqlDatabase;
      let outside: MessageBus;
      const received: ReceivedMessage[] = [];
      const running: Record<ServiceName, ServiceProcess[]> = { command: [], projector: [], query: [] };
      const commands = () => running.command;

      const start = async (name: ServiceName): Promise<ServiceProcess> => {
        const made = await stack.start(name);
        running[name].push(made);
        return made;
      };
      const end = async (process: ServiceProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
        // from here on a client that knows the others asks them
        for (const name of ['command', 'projector', 'query'] as const) {
          running[name] = running[name].filter((each) => each !== process);
        }
        return process.signal(signal);
      };
      const within = async (what: () => Promise<boolean>, ms: number): Promise<number> => {
        const since = performance.now();
        while (!(await what().catch(() => false))) {
          if (performance.now() - since > ms) throw new Error(`not within ${ms} ms`);
          await new Promise((wake) => setTimeout(wake, 50));
        }
        return performance.now() - since;
      };
      const leaders = async (): Promise<ServiceProcess[]> => {
        const lead = await Promise.all(commands().map((each) => stack.metric(each, 'relay_leading')));
        return commands().filter((_, i) => lead[i] === 1);
      };
      const ready = async (process: ServiceProcess) => (await stack.fetch(process, '/health/ready')).status === 200;
      const allReady = async () => (await Promise.all(Object.values(running).flat().map(ready))).every(Boolean);

      /** Everything acknowledged is in the log, on the read side and with outside consumers: once, and in the log's order. */
      const everythingIsThereOnce = async (): Promise<void> => {
        const ids = stack.acknowledged.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const rows = await database.query<{ position: string; event: string; id: string }>(
          `SELECT l.position::text AS position, e.id::text AS event, e.data::json ->> 'coordination_id' AS id
           FROM log l JOIN events e USING (tenant, stream, version)
           WHERE e.type = 'coordination_completed' ORDER BY l.position`,
        );
        expect(rows.map(({ id }) => id).sort()).toEqual([...ids].sort());
        const [contiguous] = await database.query<{ holes: number }>(
          'SELECT (max(position) - count(*))::int AS holes FROM log',
        );
        expect(contiguous?.holes).toBe(0);

        const newest = stack.acknowledged.reduce((most, { position }) => (position > most ? position : most), 0n);
        for (const query of running.query) {
          const missing: string[] = [];
          for (const id of ids.slice(-40)) {
            await within(async () => {
              const headers = { 'coordination-position': String(newest) };
              const { status } = await stack.fetch(query, `/coordination/${id}`, { headers });
              if (status === 404) missing.push(id);
              return status === 200 || status === 404;
            }, 60_000);
          }
          expect(missing).toEqual([]);
        }
        await within(async () => distinct().length >= rows.length, 60_000);
        expect(distinct()).toEqual(rows.map(({ position, event }) => ({ position, id: event })));
      };
      /** What a consumer that deduplicates by event id has, in the order in which it came first. */
      const distinct = () => {
        const seen = new Map<string, string | undefined>();
        for (const { properties } of received) {
          const id = properties['event_id'] ?? '';
          if (!seen.has(id)) seen.set(id, properties['position']);
        }
        return [...seen].map(([id, position]) => ({ position, id }));
      };

      beforeAll(async () => {
        buildIfMissing();
        stack = await Stack.open({ redisUrl: redis.url, pulsarUrl: pulsar.url, webSocketUrl: pulsar.webSocketUrl });
        outside = (await openPulsar({ clientUrl: '', webSocketUrl: pulsar.webSocketUrl, producerName: 'outside' })).bus;
        await outside.subscribe(
          COORDINATION_COMPLETED_TOPIC,
          'distributed',
          async (message) => void received.push(message),
        );
        // all at once on empty databases: they bring them forward under a lock
        const twice = (name: ServiceName) => [start(name), start(name)];
        await Promise.all([...twice('command'), ...twice('projector'), ...twice('query')]);
        database = await createPostgresDatabase({ url: stack.events.url, poolSize: 2 });
      }, SLOW_MS);
      afterAll(async () => {
        await outside?.close();
        await database?.close();
        await stack?.close();
      }, SLOW_MS);

      it(
        'asks for a key, is ready, and has one leader that publishes',
        async () => {
          expect((await fetch(`${running.query[0]?.url}/decisions`)).status).toBe(401);
          await within(allReady, 30_000);
          await stack.postMany(commands, 12);
          await within(async () => (await leaders()).length === 1, FAILOVER_MS);
          await everythingIsThereOnce();
        },
        SLOW_MS,
      );

      it(
        'decides once where both command processes get the same key at the same time',
        async () => {
          const key = 'twins';
          const [one, other] = await Promise.all(commands().map((each) => stack.postTo(each, key, 'twins')));
          const bodies = await Promise.all([one?.json(), other?.json()]);
          expect([one?.status, other?.status]).toEqual([201, 201]);
          expect(bodies[0]).toEqual(bodies[1]);
          stack.acknowledge(one as Response, key, bodies[0] as CoordinationResponse);
          const records = await database.query('SELECT FROM idempotency_records WHERE key = $1', [key]);
          expect(records).toHaveLength(1);
        },
        SLOW_MS,
      );

      (hasPrometheus ? it : it.skip)(
        'is seen by Prometheus, with its rules',
        async () => {
          const port = await findFreePort();
          const prometheus = await stack.prometheus(port, running);
          try {
            const ask = async (query: string) => {
              const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`);
              const { data } = (await answer.json()) as {
                readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
              };
              return Number(data.result[0]?.value[1]);
            };
            await within(async () => (await ask('count(up{job="coordination"} == 1)')) === 6, 60_000);
            expect(await ask('sum(coordination_coordinations_total)')).toBeGreaterThanOrEqual(13);
            await within(async () => (await ask('coordination:engine_waiting')) === 0, 60_000);
            const { data } = (await (await fetch(`http://127.0.0.1:${port}/api/v1/alerts`)).json()) as {
              readonly data: { readonly alerts: readonly { readonly state: string; readonly labels: object }[] };
            };
            expect(data.alerts.filter(({ state }) => state === 'firing')).toEqual([]);
          } finally {
            prometheus.kill('SIGKILL');
          }
        },
        SLOW_MS,
      );

      it(
        'goes on when the command process that publishes is killed: the other one publishes',
        async () => {
          const [leading] = await leaders();
          const sending = stack.postMany(commands, 20);
          await new Promise((wake) => setTimeout(wake, 300));
          expect(await end(leading as ServiceProcess, 'SIGKILL')).toBeNull();
          expect(await within(async () => (await leaders()).length === 1, FAILOVER_MS)).toBeLessThan(FAILOVER_MS);
          await sending;
          await start('command');
          await everythingIsThereOnce();
        },
        SLOW_MS,
      );

      it(
        'goes on when a projector is killed: the other one folds its lanes',
        async () => {
          const sending = stack.postMany(commands, 20);
          await end(running.projector[0] as ServiceProcess, 'SIGKILL');
          const [left] = running.projector as [ServiceProcess];
          await within(async () => (await stack.metric(left, 'projector_lanes')) === 8, FAILOVER_MS);
          await sending;
          await everythingIsThereOnce();
          await start('projector');
        },
        SLOW_MS,
      );

      it(
        'goes on when a query process is killed: the other one answers',
        async () => {
          await end(running.query[0] as ServiceProcess, 'SIGKILL');
          await stack.postMany(commands, 4);
          await everythingIsThereOnce();
          await start('query');
        },
        SLOW_MS,
      );

      it(
        'refuses while Postgres is away, loses nothing, and goes on by itself when it is back',
        async () => {
          const sending = stack.postMany(commands, 16);
          await new Promise((wake) => setTimeout(wake, 300));
          await stack.events.stop();
          const answer = await stack.fetch(commands()[0] as ServiceProcess, '/health/ready');
          expect(answer.status).toBe(503);
          await new Promise((wake) => setTimeout(wake, 1_500));
          await stack.events.restart();
          await sending;
          await within(allReady, 60_000);
          await stack.postMany(commands, 4);
          await everythingIsThereOnce();
        },
        SLOW_MS,
      );

      it(
        'coordinates while the database of the read models is away, and folds the rest when it is back',
        async () => {
          await stack.readModels.stop();
          await stack.postMany(commands, 8);
          await stack.readModels.restart();
          await within(allReady, 60_000);
          await everythingIsThereOnce();
        },
        SLOW_MS,
      );

      it(
        'reads from the database while Redis is away, and from a new empty one when it is back',
        async () => {
          redis.stop();
          await stack.postMany(commands, 4);
          await everythingIsThereOnce();
          await redis.restart();
          const [query] = running.query as [ServiceProcess];
          const from = async () => (await stack.fetch(query, '/recent-decisions/AAA')).headers.get('x-served-from');
          await within(async () => {
            await stack.post(commands);
            return (await from()) === 'cache';
          }, 60_000);
        },
        SLOW_MS,
      );

      it(
        'coordinates while the broker is killed and away, and publishes afterwards',
        async () => {
          const sending = stack.postMany(commands, 8);
          await pulsar.kill();
          await sending;
          await stack.postMany(commands, 4);
          expect(await allReady()).toBe(true);
          await pulsar.restart();
          await everythingIsThereOnce();
        },
        SLOW_MS,
      );

      it(
        'replaces every process under load, new ones beside old ones, without a failed acknowledged request',
        async () => {
          const before = stack.acknowledged.length;
          const sending = stack.postMany(commands, 60);
          for (const name of ['command', 'projector', 'query'] as const) {
            for (const old of [...running[name]]) {
              await start(name);
              const code = await end(old, 'SIGTERM');
              expect([name, code, code === 0 ? '' : old.lastLines]).toEqual([name, 0, '']);
            }
          }
          await sending;
          expect(stack.acknowledged.length).toBe(before + 60);
          await everythingIsThereOnce();
        },
        SLOW_MS,
      );

      it(
        'ends every process on SIGTERM with code 0',
        async () => {
          const codes = await Promise.all(
            Object.values(running)
              .flat()
              .map((each) => each.signal('SIGTERM')),
          );
          expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
        },
        SLOW_MS,
      );
    });
  });
});
