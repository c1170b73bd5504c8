import { setTimeout as sleep } from 'node:timers/promises';
import { COORDINATION_COMPLETED_TOPIC, type MessageBus, openPulsar, type ReceivedMessage } from '#messaging';
import { createPostgresDatabase, type SqlDatabase } from '#platform';
import { withPulsar, withRedis } from '#testing';
import type { ReplayJob } from '../command/replay/replay-job.js';
import { buildIfMissing } from './build-if-missing.fixture.js';
import { type NewerBuild, newerBuild } from './newer-build.fixture.js';
import type { ServiceName, ServiceProcess } from './service-process.js';
import { Stack } from './stack.fixture.js';

const SLOW_MS = 240_000;

/** One after the other: every `it` goes on where the one before it ended. */
describe('an old and a newer program side by side under load, in the documented order', () => {
  const pulsar = withPulsar({ own: true });
  const redis = withRedis({ own: true });

  pulsar.describe('where there are Redis and Pulsar', () => {
    redis.describe('and the newer writes what the old does not know', () => {
      let stack: Stack;
      let newer: NewerBuild;
      let database: SqlDatabase;
      let outside: MessageBus;
      let sending: Promise<void>;
      let loaded = true;
      const received: ReceivedMessage[] = [];
      const old: Record<ServiceName, ServiceProcess[]> = { command: [], projector: [], query: [] };
      const fresh: Record<ServiceName, ServiceProcess[]> = { command: [], projector: [], query: [] };
      const commands = () => [...old.command, ...fresh.command];

      const within = async (what: () => Promise<boolean>, ms = 30_000): Promise<void> => {
        const since = performance.now();
        while (!(await what().catch(() => false))) {
          if (performance.now() - since > ms) throw new Error(`not within ${ms} ms`);
          await sleep(50);
        }
      };
      const startNewer = async (name: ServiceName) => {
        fresh[name] = await Promise.all([1, 2].map(() => stack.start(name, {}, newer.dist)));
      };
      const endOld = async (name: ServiceName): Promise<readonly (number | null)[]> => {
        const ended = old[name];
        old[name] = [];
        return Promise.all(ended.map((each) => each.signal('SIGTERM')));
      };
      const lanes = async (of: readonly ServiceProcess[]) => {
        const held = await Promise.all(of.map((each) => stack.metric(each, 'projector_lanes')));
        return held.reduce((sum, each) => sum + each, 0);
      };
      const versions = () =>
        database.query<{ engine: string; schema: number; n: number }>(
          `SELECT metadata::json ->> 'engine_version' AS engine, schema_version AS schema, count(*)::int AS n
           FROM events WHERE type = 'coordination_completed' GROUP BY 1, 2 ORDER BY 1`,
        );

      beforeAll(async () => {
        buildIfMissing();
        newer = await newerBuild();
        stack = await Stack.open({ redisUrl: redis.url, pulsarUrl: pulsar.url, webSocketUrl: pulsar.webSocketUrl });
        outside = (await openPulsar({ clientUrl: '', webSocketUrl: pulsar.webSocketUrl, producerName: 'upgrade' })).bus;
        await outside.subscribe(
          COORDINATION_COMPLETED_TOPIC,
          'upgrade',
          async (message) => void received.push(message),
        );
        for (const name of ['command', 'projector', 'query'] as const) {
          old[name] = await Promise.all([stack.start(name), stack.start(name)]);
        }
        database = await createPostgresDatabase({ url: stack.events.url, poolSize: 2 });
        await stack.postMany(commands, 10);
        const client = async (): Promise<void> => {
          while (loaded) {
            await stack.post(commands);
            await sleep(20);
          }
        };
        sending = Promise.all([client(), client()]).then(() => undefined);
      }, SLOW_MS);
      afterAll(async () => {
        loaded = false;
        await outside?.close();
        await database?.close();
        await stack?.close();
        await newer?.remove();
      }, SLOW_MS);

      it(
        'newer projectors and queries share the work of the old ones',
        async () => {
          await startNewer('projector');
          await startNewer('query');
          // one of each old kind ends; the other is what an upgrade that takes its time leaves running
          for (const name of ['projector', 'query'] as const) {
            const [ending, staying] = old[name] as [ServiceProcess, ServiceProcess];
            old[name] = [staying];
            expect(await ending.signal('SIGTERM')).toBe(0);
          }
          await within(async () => (await lanes(fresh.projector)) >= 4 && (await lanes(old.projector)) >= 1);
          expect(await versions()).toMatchObject([{ engine: '3', schema: 3 }]);
        },
        SLOW_MS,
      );

      it(
        'an old projector stops at what a newer command process writes, says so, and leaves its lanes to those that know it',
        async () => {
          await startNewer('command');
          await within(async () => (await versions()).length === 2);
          const [projector] = old.projector as [ServiceProcess];
          await within(async () => (await stack.fetch(projector, '/health/ready')).status === 503);
          expect(await (await stack.fetch(projector, '/health/ready')).json()).toMatchObject({
            detail: expect.stringMatching(
              /The log has a coordination_completed of version 4 at position \d+, and this program knows it up to version 3: start a newer one/,
            ) as unknown,
          });
          await within(async () => (await lanes(fresh.projector)) === 8);
          expect(await lanes(old.projector)).toBe(0);
          // what is written now is read at once, by an old query process, too
          const { id, position } = await stack.post(() => fresh.command);
          for (const query of [...fresh.query, ...old.query]) {
            const headers = { 'coordination-position': String(position) };
            expect((await stack.fetch(query, `/coordination/${id}`, { headers })).status).toBe(200);
          }
        },
        SLOW_MS,
      );

      it(
        'an old process that publishes leaves that to a newer one',
        async () => {
          const leading = async (of: readonly ServiceProcess[]) =>
            (await Promise.all(of.map((each) => stack.metric(each, 'relay_leading')))).includes(1);
          await within(() => leading(fresh.command));
          const before = received.length;
          await within(async () => received.length > before + 10);
        },
        SLOW_MS,
      );

      it(
        'old ones end with code 0 under load, and nothing is lost or doubled',
        async () => {
          for (const name of ['command', 'projector', 'query'] as const) {
            expect(await endOld(name)).toEqual(name === 'command' ? [0, 0] : [0]);
          }
          await stack.postMany(commands, 10);
          loaded = false;
          await sending;

          const ids = stack.acknowledged.map(({ id }) => id).sort();
          expect(new Set(ids).size).toBe(ids.length);
          const rows = await database.query<{ id: string }>(
            `SELECT data::json ->> 'coordination_id' AS id FROM events WHERE type = 'coordination_completed'`,
          );
          expect(rows.map(({ id }) => id).sort()).toEqual(ids);
          const newest = stack.acknowledged.reduce((most, { position }) => (position > most ? position : most), 0n);
          const headers = { 'coordination-position': String(newest) };
          for (const query of fresh.query) {
            await within(async () => (await stack.fetch(query, `/coordination/${ids[0]}`, { headers })).status === 200);
            const statuses = await Promise.all(
              ids.map(async (id) => (await stack.fetch(query, `/coordination/${id}`)).status),
            );
            expect(statuses.filter((status) => status !== 200)).toEqual([]);
          }
          const parked = await (await stack.fetch(fresh.projector[0] as ServiceProcess, '/metrics')).text();
          expect(parked).toMatch(/^projector_parked_total 0$/m);
          // outside: each, and in the log's order, for who deduplicates by event id, as they must
          const logged = await database.query<{ position: string; id: string }>(
            `SELECT l.position::text AS position, e.id::text AS id FROM log l JOIN events e USING (tenant, stream, version)
             WHERE e.type = 'coordination_completed' ORDER BY l.position`,
          );
          const ours = new Set(logged.map(({ id }) => id));
          const published = () => {
            const seen = new Map<string, string | undefined>();
            for (const { properties } of received) {
              const id = properties['event_id'] ?? '';
              if (ours.has(id) && !seen.has(id)) seen.set(id, properties['position']);
            }
            return [...seen].map(([id, position]) => ({ position, id }));
          };
          await within(async () => published().length >= logged.length);
          expect(published()).toEqual(logged);
        },
        SLOW_MS,
      );

      it(
        'a replay says of each which engine version decided it',
        async () => {
          const [command] = fresh.command as [ServiceProcess];
          const started = await stack.fetch(command, '/replays', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ mode: 'verify' }),
          });
          const { replay_id } = (await started.json()) as ReplayJob;
          const job = async () => (await (await stack.fetch(command, `/replays/${replay_id}`)).json()) as ReplayJob;
          await within(async () => (await job()).status === 'COMPLETED', 60_000);
          const [byOld, byNew] = await versions();
          expect([byOld, byNew]).toMatchObject([
            { engine: '3', schema: 3 },
            { engine: '4', schema: 4 },
          ]);
          const { report } = await job();
          expect(report).toMatchObject({ verified: byNew?.n, other_engine: byOld?.n, different: 0, failed: 0 });
          expect(report.faults[0]).toMatchObject({
            recorded_engine_version: '3',
            reason: 'Decided by engine version 3; version 4, which runs here, decides otherwise.',
          });
        },
        SLOW_MS,
      );
    });
  });
});
