import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CoordinationResponse, VerifyReport } from '#domain';
import { packageRoot, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';

import { buildIfMissing } from '../../distributed/build-if-missing.fixture.js';
import { mapBounded } from '../coordination/bounded.js';
import { type CommandApp, openCommandApp } from '../e2e/command-app.js';
import { samplePortfolio, sampleRequest, sampleSignal } from '../e2e/sample-request.js';
import { createEnginePool } from '../engine-pool/engine-pool.js';
import type { Engine } from '../engine-pool/engine.js';
import type { ReplayJob } from './replay-job.js';

const COORDINATIONS = 10_000;
/** requests that wait at the same time: their appends share transactions */
const CONCURRENT = 32;
const TIMEOUT_MS = 900_000;

const postgres = withPostgres();

describe(`a replay of ${COORDINATIONS} coordinations`, () => {
  let db: SqlDatabase;
  let engine: Engine;
  let command: CommandApp;
  let ids: readonly string[];

  beforeAll(async () => {
    // decisions in threads, as a process has them: on the event loop of the tests they keep everything else waiting
    buildIfMissing();
    const worker = pathToFileURL(join(packageRoot(), 'dist', 'apps', 'command', 'engine-pool', 'engine.worker.js'));
    engine = await createEnginePool({ threads: 2, worker });
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url, engine);
    ids = await mapBounded([...Array(COORDINATIONS).keys()], CONCURRENT, coordinate);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await command.close();
    await engine.close();
  });

  /** Of other signals, another book, or both, each time. */
  async function coordinate(n: number): Promise<string> {
    const signals = [0, 1, 2].map((i) => sampleSignal(n + i, { strength: ((n * 37 + i * 11) % 100) / 100 }));
    const portfolio_state = { ...samplePortfolio(), portfolio_id: `book-${n % 7}`, cash: 500_000 + 10 * (n % 1_000) };
    const request = sampleRequest({ signals, portfolio_state });
    for (;;) {
      const answer = await command.post('/coordinate', request, { 'idempotency-key': `key-${n}` });
      if (answer.status === 201) return answer.json<CoordinationResponse>().coordination_id;
      // a busy service sends some away: a client comes again
      if (answer.status !== 503) throw new Error(answer.text);
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }

  async function replay(): Promise<ReplayJob> {
    const { replay_id } = (await command.post('/replays', { mode: 'verify' })).json<ReplayJob>();
    for (;;) {
      const answer = await command.get(`/replays/${replay_id}`);
      const job = answer.json<ReplayJob>();
      if (answer.status === 200 && job.status !== 'QUEUED' && job.status !== 'RUNNING') return job;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }

  /** As the owner of the tables may, who lifts the triggers: the lowest bit of one character in the middle. */
  async function flip(id: string, version: number): Promise<void> {
    await db.query('ALTER TABLE events DISABLE TRIGGER ALL');
    const rows = await db.query(
      `UPDATE events SET data = overlay(data placing chr(ascii(substr(data, length(data) / 2, 1)) # 1) from length(data) / 2 for 1)
       WHERE stream = $1 AND version = $2 RETURNING 1`,
      [`coordination-${id}`, version],
    );
    await db.query('ALTER TABLE events ENABLE TRIGGER ALL');
    expect(rows).toHaveLength(1);
  }

  it(
    'gives every byte again, and then names the one coordination of which a byte was changed',
    async () => {
      expect(new Set(ids).size).toBe(COORDINATIONS);
      const [{ distinct }] = (await db.query<{ distinct: number }>(
        `SELECT count(DISTINCT md5((data::json->'outcome')::text))::int AS distinct FROM events WHERE type = 'coordination_completed'`,
      )) as [{ distinct: number }];
      // few signals on a small book often come to the same; what they were decided from never is
      expect(distinct).toBeGreaterThan(COORDINATIONS / 2);

      const sound = await replay();
      expect(sound).toMatchObject({ status: 'COMPLETED', progress: { done: COORDINATIONS, total: COORDINATIONS } });
      expect(sound.report).toEqual({ verified: COORDINATIONS, different: 0, other_engine: 0, failed: 0, faults: [] });

      const victim = ids[Math.floor(COORDINATIONS * 0.6)] as string;
      await flip(victim, 2);
      const { verified, faults } = (await replay()).report as VerifyReport;
      expect([verified, faults.map((fault) => fault.coordination_id)]).toEqual([COORDINATIONS - 1, [victim]]);
      expect(faults[0]?.reason).toContain('not the bytes that were hashed');
    },
    TIMEOUT_MS,
  );
});
