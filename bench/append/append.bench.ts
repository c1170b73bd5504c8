import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEventStore, type NewEvent, PersonalKeys, type PostgresEventStore } from '#event-store';
import { createPostgresDatabase, migrate, migrationsFolder, type SqlDatabase, startEmbeddedPostgres } from '#platform';

import { type Bench, type BenchCase, quantile } from '../bench.js';

const ROUNDS = 7;
const ROUND_MS = 1_000;
const WRITERS_MAX = 32;

/** an event of about 350 bytes */
const event: NewEvent = {
  type: 'configuration_set',
  schemaVersion: 1,
  data: {
    config_name: 'bench',
    version: 1,
    parameters: { restricted: Array.from({ length: 30 }, (_, i) => `TICKER${i}`) },
  },
};
const metadata = { correlation_id: 'bench', actor: 'bench', engine_version: '0', runtime_version: 'node' };
const plainData = JSON.stringify(event.data);

/** Appends of one event, each answered with its position, beside plain committed inserts of the same bytes on the same server. */
export const bench: Bench = {
  name: 'append',
  async run(emit) {
    const dir = await mkdtemp(join(tmpdir(), 'bench-append-'));
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
    const db = await createPostgresDatabase({ url: server.url, poolSize: WRITERS_MAX });
    try {
      await migrate(db, migrationsFolder('command'), { lockKey: 1 });
      await db.query(`CREATE TABLE plain (stream text, version integer, data text, PRIMARY KEY (stream, version))`);
      const store = createEventStore(db);
      await store.start();
      for (const writers of [1, WRITERS_MAX]) {
        const { ours, peer } = await alternate(
          () => appendOne(store),
          () => insertOne(db),
          writers,
        );
        const measured = { case: writers === 1 ? '1 writer' : `${writers} writers`, peer_name: 'plain-insert' };
        emit({ ...measured, metric: 'rate', unit: '1/s', ours: median(ours.rates), peer: median(peer.rates) });
        for (const [metric, q] of [
          ['p50', 0.5],
          ['p99', 0.99],
        ] as const) {
          emit({ ...measured, metric, unit: 'ms', ours: quantile(ours.times, q), peer: quantile(peer.times, q) });
        }
      }
      await measureSealing(db, store, emit);
      await store.stop();
    } finally {
      await db.close();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** What it costs to seal who acted: the same appends beside each other, with and without it. */
async function measureSealing(
  db: SqlDatabase,
  store: PostgresEventStore,
  emit: (result: BenchCase) => void,
): Promise<void> {
  const sealing = createEventStore(db, { personalKeys: new PersonalKeys(db) });
  await sealing.start();
  const { ours, peer } = await alternate(
    () => appendOne(sealing),
    () => appendOne(store),
    WRITERS_MAX,
  );
  const measured = { case: `${WRITERS_MAX} writers, actor sealed`, peer_name: 'append-unsealed' };
  emit({ ...measured, metric: 'rate', unit: '1/s', ours: median(ours.rates), peer: median(peer.rates) });
  await sealing.stop();
}

async function appendOne(store: PostgresEventStore): Promise<void> {
  const outcome = await store.append({
    streams: [{ stream: randomUUID(), expectedVersion: 0, events: [event] }],
    metadata,
  });
  if (outcome.kind !== 'APPENDED' || outcome.position === null) throw new Error(`Not appended: ${outcome.kind}`);
}

async function insertOne(db: SqlDatabase): Promise<void> {
  await db.query('INSERT INTO plain VALUES ($1, $2, $3)', [randomUUID(), 1, plainData]);
}

interface Sample {
  /** per second, one a round */
  readonly rates: number[];
  /** ms */
  readonly times: number[];
}

/** Ours and the peer in turn, so that what else the machine does falls on both; the first round of each warms up. */
async function alternate(
  ours: () => Promise<void>,
  peer: () => Promise<void>,
  writers: number,
): Promise<{ ours: Sample; peer: Sample }> {
  const samples = { ours: { rates: [], times: [] } as Sample, peer: { rates: [], times: [] } as Sample };
  for (let round = 0; round <= ROUNDS; round++) {
    const warmUp = round === 0;
    await measure(ours, writers, warmUp ? null : samples.ours);
    await measure(peer, writers, warmUp ? null : samples.peer);
  }
  return samples;
}

async function measure(operation: () => Promise<void>, writers: number, sample: Sample | null): Promise<void> {
  const begun = performance.now();
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (let now = performance.now(); now - begun < ROUND_MS;) {
        await operation();
        const after = performance.now();
        times.push(after - now);
        now = after;
      }
    }),
  );
  sample?.rates.push((times.length / (performance.now() - begun)) * 1000);
  sample?.times.push(...times);
}

const median = (values: readonly number[]): number => quantile(values, 0.5);
