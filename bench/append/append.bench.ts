import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { canonicalJson } from '#domain';
import { createEventStore, type NewEvent, PersonalKeys, type PostgresEventStore } from '#event-store';
import { createPostgresDatabase, migrate, migrationsFolder, type SqlDatabase, startEmbeddedPostgres } from '#platform';

import { type Bench, type BenchCase, quantile } from '../bench.js';
import { openEmmett } from './emmett.js';

const ROUNDS = 5;
const ROUND_MS = 800;
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

/** Appends so many events to a new stream in a transaction of its own. */
type Appender = (events: number) => Promise<void>;

/**
 * Appends of 1 and of 10 events, each answered with its position, beside plain committed inserts of the same bytes on the
 * same server, and beside Emmett. One operation is one append, one plain statement that commits by itself, or one append
 * of Emmett, to a new stream each; every one has as many connections as there are writers. That appends which wait
 * together share a commit is ours, and that the server's commits share a flush is the peer's.
 */
export const bench: Bench = {
  name: 'append',
  async run(emit) {
    const dir = await mkdtemp(join(tmpdir(), 'bench-append-'));
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
    const db = await createPostgresDatabase({ url: server.url, poolSize: WRITERS_MAX });
    const emmett = await openEmmett(server.url, WRITERS_MAX, event, metadata);
    try {
      await migrate(db, migrationsFolder('command'), { lockKey: 1 });
      await db.query(`CREATE TABLE plain (stream text, version integer, id uuid, type text, schema_version integer,
        data text, metadata text, recorded_at timestamptz, PRIMARY KEY (stream, version))`);
      const store = createEventStore(db);
      await store.start();
      const appenders = {
        ours: append(store),
        'plain-insert': insert(db),
        ...(emmett === null ? {} : { emmett: emmett.append }),
      };
      for (const writers of [1, WRITERS_MAX]) {
        for (const events of [1, 10]) {
          const { ours, ...peers } = await alternate(appenders, events, writers);
          for (const [peer_name, peer] of Object.entries(peers)) {
            if (ours === undefined) continue;
            const measured = {
              case: `${events === 1 ? '1 event' : `${events} events`}, ${writers === 1 ? '1 writer' : `${writers} writers`}`,
              peer_name,
            };
            emit({
              ...measured,
              metric: 'rate',
              unit: '1/s',
              ours: quantile(ours.rates, 0.5),
              peer: quantile(peer.rates, 0.5),
            });
            for (const [metric, q] of [
              ['p50', 0.5],
              ['p99', 0.99],
            ] as const) {
              emit({ ...measured, metric, unit: 'ms', ours: quantile(ours.times, q), peer: quantile(peer.times, q) });
            }
          }
        }
      }
      await measureSealing(db, store, emit);
      await store.stop();
    } finally {
      await emmett?.close();
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
  const { ours, peer } = await alternate({ ours: append(sealing), peer: append(store) }, 1, WRITERS_MAX);
  const rate = (sample: Sample | undefined): number => quantile(sample?.rates ?? [], 0.5);
  const measured = { case: `${WRITERS_MAX} writers, actor sealed`, peer_name: 'append-unsealed' };
  emit({ ...measured, metric: 'rate', unit: '1/s', ours: rate(ours), peer: rate(peer) });
  await sealing.stop();
}

const append =
  (store: PostgresEventStore): Appender =>
  async (events) => {
    const outcome = await store.append({
      streams: [{ stream: randomUUID(), expectedVersion: 0, events: Array.from({ length: events }, () => event) }],
      metadata,
    });
    if (outcome.kind !== 'APPENDED' || outcome.position === null) throw new Error(`Not appended: ${outcome.kind}`);
  };

/** what an event holds, without stream's order, hashes or the log: one statement, and rows made as cheaply as they can be */
const insert =
  (db: SqlDatabase): Appender =>
  async (events) => {
    const stream = randomUUID();
    const versions = Array.from({ length: events }, (_, index) => index + 1);
    const row = [stream, 'configuration_set', 1, canonicalJson(event.data), canonicalJson(metadata)];
    if (events === 1) {
      await db.query(
        'INSERT INTO plain VALUES ($1, $2, $3, $4, $5, $6, $7, now())',
        [stream, 1, randomUUID(), ...row.slice(1)],
        { prepared: true },
      );
    } else {
      await db.query(
        `INSERT INTO plain SELECT $1, version, id, $2, $3, data, $5, now()
         FROM unnest($6::int[], $7::uuid[], string_to_array($4, E'\\n')) AS e (version, id, data)`,
        [
          ...row.slice(0, 3),
          versions.map(() => canonicalJson(event.data)).join('\n'),
          row[4],
          versions,
          versions.map(() => randomUUID()),
        ],
        { prepared: true },
      );
    }
  };

interface Sample {
  /** operations a second, one a round */
  readonly rates: number[];
  /** ms */
  readonly times: number[];
}

/** Each in turn, so that what else the machine does falls on all; the first round of each warms up. */
async function alternate(
  appenders: Readonly<Record<string, Appender>>,
  events: number,
  writers: number,
): Promise<Readonly<Record<string, Sample>>> {
  const samples = Object.fromEntries(Object.keys(appenders).map((name) => [name, { rates: [], times: [] }]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, appender] of Object.entries(appenders)) {
      await measure(() => appender(events), writers, round === 0 ? null : (samples[name] ?? null));
    }
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
