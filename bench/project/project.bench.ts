import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { createEventStore, type PostgresEventStore } from '#event-store';
import { createPostgresDatabase, migrate, migrationsFolder, type SqlDatabase, startEmbeddedPostgres } from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels, type TimescaleReadModels } from '#read-models';
import { coordinationCompleted, sampleDecision, sampleRejectedSignal } from '#testing';
import { ProjectorMetrics, projectorMetricProviders } from '../../apps/projector/projector-metrics.js';
import { LogWindow } from '../../apps/projector/log-window.js';
import { ReadAhead } from '../../apps/projector/read-ahead.js';
import { ReadModelProjector } from '../../apps/projector/read-model-projector.js';
import { RebuildControl } from '../../apps/projector/rebuild/rebuild-control.js';
import { RebuildRunner } from '../../apps/projector/rebuild/rebuild-runner.js';
import { type Bench, quantile } from '../bench.js';

const EVENTS = 2_000;
const ROUNDS = 3;
const LIVE_BATCH = 50;
const REBUILD_BATCH = 200;
const VISIBLE_SAMPLES = 300;
/** rows of a coordination of 100 signals, roughly */
const DECISIONS = 20;
const REJECTED = 40;
/** what the projections write; the sums by minute are a few rows */
const TABLES = ['coordinations', 'coordination_decisions_ts', 'rejected_signals', 'coordination_performance_ts'];

const metadata = { correlation_id: 'bench', actor: 'bench', engine_version: '0', runtime_version: 'node' };

/** The log folded into the read models, live and as a rebuild, beside a COPY of the resulting rows into the same tables. */
export const bench: Bench = {
  name: 'project',
  async run(emit) {
    Logger.overrideLogger(false);
    const dir = await mkdtemp(join(tmpdir(), 'bench-project-'));
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
    const events = await createPostgresDatabase({ url: server.url, statementTimeoutMs: 0 });
    await events.query('CREATE DATABASE read_side');
    const readUrl = Object.assign(new URL(server.url), { pathname: '/read_side' }).href;
    const rows = await createPostgresDatabase({ url: readUrl, statementTimeoutMs: 0 });
    try {
      await migrate(events, migrationsFolder('command'), { lockKey: 1 });
      const store = createEventStore(events);
      await store.start();
      for (let n = 0; n < EVENTS; n += 50) await append(store, n, 50);
      await measure(emit, { store, rows, readModels: await openReadModels(rows), metrics: await metricsOf() });
      await store.stop();
    } finally {
      await rows.close();
      await events.close();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

interface Stage {
  readonly store: PostgresEventStore;
  readonly rows: SqlDatabase;
  readonly readModels: TimescaleReadModels;
  readonly metrics: ProjectorMetrics;
}

async function measure(emit: Parameters<Bench['run']>[0], stage: Stage): Promise<void> {
  const rates = { live: [] as number[], rebuild: [] as number[], copy: [] as number[] };
  // the first round of each warms up
  for (let round = 0; round <= ROUNDS; round++) {
    const live = await foldLive(stage);
    const rebuild = await foldAgain(stage);
    const copy = await copyRows(stage);
    if (round === 0) continue;
    rates.live.push(EVENTS / live);
    rates.rebuild.push(EVENTS / rebuild);
    rates.copy.push(EVENTS / copy);
  }
  const peer = quantile(rates.copy, 0.5);
  for (const name of ['live', 'rebuild'] as const) {
    emit({ case: name, metric: 'rate', unit: 'events/s', ours: quantile(rates[name], 0.5), peer, peer_name: 'copy' });
  }
  await visible(emit, stage);
}

const dependencies = ({ store, readModels, metrics }: Stage) => ({
  eventStore: new LogWindow(new ReadAhead(store)),
  readModels,
  metrics,
  advance: new AdvanceSignal(),
  cache: new MemoryReadModelCache(),
});

const projectorOf = (stage: Stage): ReadModelProjector =>
  new ReadModelProjector(dependencies(stage), {
    owner: 'bench',
    leaseMs: null,
    batchSize: LIVE_BATCH,
    attemptsMax: 1,
    attemptDelayMs: 1,
  });

/** seconds */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

async function foldLive(stage: Stage): Promise<number> {
  await stage.readModels.clear();
  const projector = projectorOf(stage);
  return timed(async () => {
    while (await projector.step());
  });
}

/** Until it stands beside the live one, compared and equal; nothing is switched. */
async function foldAgain(stage: Stage): Promise<number> {
  const { readModels } = stage;
  const control = new RebuildControl(readModels);
  const runner = new RebuildRunner(dependencies(stage), { owner: 'bench', leaseMs: 60_000, batchSize: REBUILD_BATCH });
  const job = await control.rebuild({ switch: 'never', resume: false });
  const seconds = await timed(async () => {
    while ((await control.find(job.id)).state === 'LOADING') await runner.step();
  });
  while ((await control.find(job.id)).finishedAt === null) await runner.step();
  const { state } = await control.find(job.id);
  if (state !== 'DONE') throw new Error(`The rebuild ended ${state}.`);
  await readModels.versions.dropBuilding();
  return seconds;
}

/** The rows that the fold left, from the client over the wire into empty tables with the same keys and indexes. */
async function copyRows({ rows }: Stage): Promise<number> {
  const data = new Map<string, Buffer>();
  for (const table of TABLES) {
    const found = await rows.query<Record<string, string | null>>(
      `SELECT ${await textColumns(rows, table)} FROM ${table}`,
    );
    data.set(table, Buffer.from(found.map((row) => `${Object.values(row).map(field).join('\t')}\n`).join('')));
    await rows.query(`DROP TABLE IF EXISTS plain_${table}`);
    await rows.query(`CREATE TABLE plain_${table} (LIKE ${table} INCLUDING ALL)`);
  }
  return timed(() =>
    rows.transaction(async (transaction) => {
      for (const [table, bytes] of data) await transaction.copyIn?.(`COPY plain_${table} FROM STDIN`, [bytes]);
    }),
  );
}

async function textColumns(rows: SqlDatabase, table: string): Promise<string> {
  const columns = await rows.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position`,
    [table],
  );
  return columns.map(({ name }) => `"${name}"::text AS "${name}"`).join(', ');
}

/** a value in the text format of COPY; these have no tabs and line ends */
const field = (value: string | null): string => (value === null ? '\\N' : value.replaceAll('\\', '\\\\'));

/** From the answer of an append to the moment when a reader of its position is let through, beside a committed COPY of its answer. */
async function visible(emit: Parameters<Bench['run']>[0], stage: Stage): Promise<void> {
  const { store, rows, readModels } = stage;
  const projector = projectorOf(stage);
  await projector.step();
  const times: number[] = [];
  const copies: number[] = [];
  for (let sample = 0; sample < VISIBLE_SAMPLES; sample++) {
    const position = await append(store, EVENTS + sample, 1);
    const seconds = await timed(async () => {
      while ((await readModels.checkpoint()) < position) await projector.step();
    });
    times.push(seconds * 1_000);
    copies.push(1_000 * (await timed(() => copyOne(rows, sample))));
  }
  for (const [metric, q] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [ours, peer] = [quantile(times, q), quantile(copies, q)];
    emit({ case: 'acknowledged to visible', metric, unit: 'ms', ours, peer, peer_name: 'copy' });
  }
}

/** one committed row with the answer of a coordination: the least that a read model could write */
async function copyOne(rows: SqlDatabase, sample: number): Promise<void> {
  const document = JSON.stringify(eventOf(sample).data.outcome);
  const line = `copied_${sample}\t1\t2025-06-21 10:00:00+00\tmain\t\\N\tOPTIMAL\t${document.replaceAll('\\', '\\\\')}\n`;
  await rows.transaction(async (transaction) => {
    await transaction.copyIn?.('COPY plain_coordinations FROM STDIN', [Buffer.from(line)]);
  });
}

const eventOf = (n: number) =>
  coordinationCompleted(
    { position: BigInt(n + 1) },
    {
      coordinationId: `coord_${n}`,
      decisions: Array.from({ length: DECISIONS }, (_, index) =>
        sampleDecision(`TICKER${(n + index) % 500}`, { decision_id: `decision_${index}` }),
      ),
      rejected: Array.from({ length: REJECTED }, (_, index) =>
        sampleRejectedSignal(`signal_${index}`, `TICKER${index}`),
      ),
    },
  );

/** Gives the position of the last one. */
async function append(store: PostgresEventStore, from: number, count: number): Promise<bigint> {
  const outcome = await store.append({
    streams: Array.from({ length: count }, (_, index) => ({
      stream: `coordination-coord_${from + index}`,
      expectedVersion: 0,
      events: [{ type: 'coordination_completed', schemaVersion: 2, data: eventOf(from + index).data }],
    })),
    metadata,
  });
  if (outcome.kind !== 'APPENDED' || outcome.position === null) throw new Error(`Not appended: ${outcome.kind}`);
  return outcome.position;
}

async function metricsOf(): Promise<ProjectorMetrics> {
  const module = await Test.createTestingModule({
    providers: [...projectorMetricProviders, ProjectorMetrics],
  }).compile();
  return module.get(ProjectorMetrics);
}
