import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventStore } from '#event-store';
import { packageRoot } from '#platform';
import { TimescaleReadModels } from '#read-models';
import { withPostgres } from '#testing';
import { buildIfMissing } from '../distributed/build-if-missing.fixture.js';
import { ServiceProcess } from '../distributed/service-process.js';

/** on a machine that does much else besides */
const SLOW_MS = 120_000;
const DIST = join(packageRoot(), 'dist');

describe('two projector processes', () => {
  const postgres = withPostgres();
  const started: ServiceProcess[] = [];
  beforeAll(() => {
    buildIfMissing();
  }, SLOW_MS);
  afterAll(async () => {
    for (const each of started) await each.signal('SIGKILL');
  });

  it(
    'share the lanes, and one folds all of them seconds after the other was killed',
    async () => {
      const database = await postgres.open({ poolSize: 4 });
      const start = () => {
        // nobody answers at that Redis, and nobody has to
        const environment = { DATABASE_URL: postgres.url, REDIS_URL: 'redis://127.0.0.1:1', LOG_LEVEL: 'info' };
        const made = ServiceProcess.spawn(DIST, 'projector', environment);
        started.push(made);
        return made.listens();
      };
      const first = await start();
      await start();
      const readModels = await TimescaleReadModels.open(database);
      const ownersUntil = async (expected: readonly number[]): Promise<number> => {
        const since = performance.now();
        for (;;) {
          const counts = new Map<string, number>();
          for (const { owner } of await readModels.lanes()) {
            if (owner !== null) counts.set(owner, (counts.get(owner) ?? 0) + 1);
          }
          const found = [...counts.values()].sort();
          if (JSON.stringify(found) === JSON.stringify(expected)) return performance.now() - since;
          if (performance.now() - since > SLOW_MS / 2) expect(found).toEqual(expected);
          await sleep(50);
        }
      };
      await ownersUntil([4, 4]);

      const store = createEventStore(database);
      await store.start();
      const append = (name: string) =>
        store.append({
          streams: [
            {
              stream: `configuration-${name}`,
              expectedVersion: 0,
              events: [
                {
                  type: 'configuration_set',
                  schemaVersion: 1,
                  data: { config_name: name, version: 1, parameters: {} },
                },
              ],
            },
          ],
          metadata: { correlation_id: 'test', actor: 'test', engine_version: '0', runtime_version: 'test' },
        });
      for (let n = 0; n < 20; n++) await append(`before-${n}`);
      await first.signal('SIGKILL');
      for (let n = 0; n < 20; n++) await append(`after-${n}`);
      // the lease of four seconds, a moment, and what the machine is busy with
      expect(await ownersUntil([8])).toBeLessThan(15_000);
      while ((await readModels.checkpoint()) < 40n) await sleep(50);
      const [stored] = await database.query('SELECT count(*)::int4 AS count FROM configurations');
      expect(stored).toEqual({ count: 40 });
      await store.stop();
    },
    SLOW_MS,
  );
});
