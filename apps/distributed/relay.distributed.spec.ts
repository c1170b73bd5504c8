import { join } from 'node:path';
import type { CoordinationResponse } from '#domain';
import { COORDINATION_COMPLETED_TOPIC, type MessageBus, openPulsar, type ReceivedMessage } from '#messaging';
import { packageRoot, type SqlDatabase } from '#platform';
import { withPostgres, withPulsar } from '#testing';
import { samplePortfolio, sampleRequest } from '../command/e2e/sample-request.js';
import { buildIfMissing } from './build-if-missing.fixture.js';
import { ServiceProcess } from './service-process.js';

/** on a machine that does much else besides */
const SLOW_MS = 240_000;
const DIST = join(packageRoot(), 'dist');
const PORTFOLIOS = ['growth', 'income', 'balanced'];

/** One after the other: every `it` goes on where the one before it ended. */
describe('coordinations on Pulsar', () => {
  const pulsar = withPulsar({ own: true });
  const postgres = withPostgres();

  pulsar.describe('from two command processes', () => {
    const received: ReceivedMessage[] = [];
    let database: SqlDatabase;
    let outside: MessageBus;
    let commands: ServiceProcess[];
    let projector: ServiceProcess;
    let posted = 0;

    const start = (name: 'command' | 'projector'): Promise<ServiceProcess> =>
      ServiceProcess.spawn(DIST, name, {
        DATABASE_URL: postgres.url,
        PULSAR_WEBSOCKET_URL: pulsar.webSocketUrl,
        // nobody answers there, and nobody has to
        REDIS_URL: 'redis://127.0.0.1:1',
        LOG_LEVEL: 'info',
      }).listens();
    const metric = async (of: ServiceProcess, name: string): Promise<number> => {
      const text = await (await fetch(`${of.url}/metrics`)).text();
      return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
    };
    /** The process that publishes, once one does. */
    const leader = async (): Promise<ServiceProcess> => {
      for (;;) {
        for (const each of commands) if ((await metric(each, 'relay_leading')) === 1) return each;
        await new Promise((wake) => setTimeout(wake, 50));
      }
    };
    /** Resolves when it is acknowledged; a process that is gone is asked no more. */
    const post = async (): Promise<void> => {
      const n = posted++;
      const portfolio_id = PORTFOLIOS[n % PORTFOLIOS.length] ?? '';
      for (let attempt = n; ; attempt++) {
        const to = commands[attempt % commands.length] as ServiceProcess;
        const answer = await fetch(`${to.url}/coordinate`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': `key-${n}` },
          body: JSON.stringify(sampleRequest({ portfolio_state: { ...samplePortfolio(), portfolio_id } })),
        }).catch(() => null);
        if (answer === null) continue;
        const body = (await answer.json()) as CoordinationResponse;
        expect([answer.status, body.status]).toEqual([201, 'OPTIMAL']);
        return;
      }
    };
    const postMany = (count: number): Promise<unknown> => Promise.all(Array.from({ length: count }, post));
    /** What the log says the consumer should have, and what it has, the first time it came. */
    const compare = async (): Promise<void> => {
      const rows = await database.query<{ position: string; id: string; portfolio: string }>(
        `SELECT l.position::text AS position, e.id::text AS id, e.data::json ->> 'portfolio_id' AS portfolio
         FROM log l JOIN events e USING (tenant, stream, version)
         WHERE e.type = 'coordination_completed' ORDER BY l.position`,
      );
      expect(rows).toHaveLength(posted);
      const deadline = performance.now() + 60_000;
      while (distinct().length < rows.length && performance.now() < deadline) {
        await new Promise((wake) => setTimeout(wake, 20));
      }
      expect(distinct()).toEqual(rows);
    };
    const distinct = () => {
      const seen = new Map(
        [...received].reverse().map(({ properties, key }) => [properties['event_id'] ?? '', { properties, key }]),
      );
      return [...seen]
        .reverse()
        .map(([id, { properties, key }]) => ({ position: properties['position'], id, portfolio: key }));
    };

    beforeAll(async () => {
      buildIfMissing();
      const opened = await openPulsar({
        clientUrl: '',
        webSocketUrl: pulsar.webSocketUrl,
        producerName: 'outside',
      });
      outside = opened.bus;
      await outside.subscribe(
        COORDINATION_COMPLETED_TOPIC,
        `spec-${Date.now()}`,
        async (message) => void received.push(message),
      );
      commands = await Promise.all([start('command'), start('command')]);
      projector = await start('projector');
      database = await postgres.open({ poolSize: 1 });
    }, SLOW_MS);
    afterAll(async () => {
      for (const each of [...(commands ?? []), projector]) await each?.signal('SIGKILL');
      await outside?.close();
    });

    it(
      'publishes each as other services know it, by one of the two, and says by what',
      async () => {
        await postMany(4);
        await compare();
        const [first] = received;
        expect(JSON.parse(first?.payload ?? '')).toEqual({
          event_id: first?.properties['event_id'],
          timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
          coordination_completed: {
            coordination_id: expect.stringMatching(/^coord_\d{8}_\d+$/) as unknown,
            decisions: expect.any(Array) as unknown,
            coordination_summary: expect.any(Object) as unknown,
          },
        });
        expect(first?.sequenceId).toBe(1n);
        const leads = await Promise.all(commands.map((each) => metric(each, 'relay_leading')));
        expect(leads.sort()).toEqual([0, 1]);
        expect(await metric(await leader(), 'messaging_transport\\{transport="pulsar-websocket"\\}')).toBe(1);
        expect(await metric(await leader(), 'relay_broker_deduplicates')).toBe(1);
      },
      SLOW_MS,
    );

    it(
      'goes on from the other process when the one that publishes is killed',
      async () => {
        const leading = await leader();
        const sending = postMany(15);
        while (received.length < 8) await new Promise((wake) => setTimeout(wake, 2));
        commands = commands.filter((each) => each !== leading);
        expect(await leading.signal('SIGKILL')).toBeNull();
        const killedAt = performance.now();
        await sending;
        await leader();
        // the lease runs 3 s; the rest is for a busy machine
        expect(performance.now() - killedAt).toBeLessThan(15_000);
        await compare();
      },
      SLOW_MS,
    );

    it(
      'coordinates on while the broker is killed and away, and publishes afterwards',
      async () => {
        commands.push(await start('command'));
        const sending = postMany(6);
        await pulsar.kill();
        await sending;
        await postMany(6);
        const leading = await leader();
        while ((await metric(leading, 'relay_lag_events')) < 6) await new Promise((wake) => setTimeout(wake, 50));
        expect(await metric(leading, 'relay_publish_failures_total')).toBeGreaterThan(0);
        for (const each of [...commands, projector]) expect((await fetch(`${each.url}/health/ready`)).status).toBe(200);
        await pulsar.restart();
        await postMany(3);
        await compare();
        await postMany(3);
        await compare();
        while ((await metric(await leader(), 'relay_lag_events')) > 0) await post();
      },
      SLOW_MS,
    );

    it(
      'folds each once where the projector is killed while they come',
      async () => {
        const before = received.length;
        const sending = postMany(12);
        while (received.length < before + 3) await new Promise((wake) => setTimeout(wake, 2));
        expect(await projector.signal('SIGKILL')).toBeNull();
        await sending;
        projector = await start('projector');
        await compare();
        const folded = () =>
          database.query<{ id: string }>('SELECT coordination_id AS id FROM coordinations ORDER BY position');
        while ((await folded()).length < posted) await new Promise((wake) => setTimeout(wake, 50));
        const logged = await database.query<{ id: string }>(
          `SELECT e.data::json ->> 'coordination_id' AS id FROM log l JOIN events e USING (tenant, stream, version)
           WHERE e.type = 'coordination_completed' ORDER BY l.position`,
        );
        expect(await folded()).toEqual(logged);
      },
      SLOW_MS,
    );

    it(
      'ends in order, and goes on after a restart where it was',
      async () => {
        expect(await Promise.all(commands.map((each) => each.signal('SIGTERM')))).toEqual([0, 0]);
        expect(await projector.signal('SIGTERM')).toBe(0);
        commands = [await start('command')];
        await postMany(3);
        await compare();
      },
      SLOW_MS,
    );
  });
});
