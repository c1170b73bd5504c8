import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPostgresDatabase, startEmbeddedPostgres } from '#platform';
import { samplePortfolio, sampleRequest } from '../../apps/command/e2e/sample-request.js';
import { ServiceProcess } from '../../apps/distributed/service-process.js';
import { type Bench, quantile } from '../bench.js';

const CLIENTS = 16;
const ROUND_MS = 4_000;
const ROUNDS = 5;

interface Round {
  /** coordinations a second */
  readonly rate: number;
  /** of each, ms */
  readonly times: readonly number[];
}

/**
 * Coordinations a second of two command processes on one Postgres, taking turns, beside those of one; small requests, one
 * engine worker a process, clients in a process of their own. What a coordination takes in the event store goes to standard error.
 */
export const bench: Bench = {
  name: 'scale',
  async run(emit) {
    const dir = await mkdtemp(join(tmpdir(), 'bench-scale-'));
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
    const processes: ServiceProcess[] = [];
    try {
      const environment = { DATABASE_URL: server.url, LOG_LEVEL: 'warn', RISK_MODEL_SCHEDULE: 'off' };
      for (let i = 0; i < 2; i++) {
        processes.push(await ServiceProcess.spawn('dist', 'command', { ...environment, LOG_LEVEL: 'info' }).listens());
      }
      const urls = processes.map(({ url }) => url);
      const [one, two]: [Round[], Round[]] = [[], []];
      for (let round = 0; round <= ROUNDS; round++) {
        const pair = [await load(urls.slice(0, 1)), await load(urls)] as const;
        if (round === 0) continue;
        one.push(pair[0]);
        two.push(pair[1]);
      }
      const measured = { case: 'two command processes', peer_name: 'one command process' };
      const rate = (rounds: readonly Round[]) => quantile(rounds.map((round) => round.rate), 0.5); // prettier-ignore
      emit({ ...measured, metric: 'throughput', unit: 'requests/s', ours: rate(two), peer: rate(one) });
      for (const [metric, q] of [
        ['p50', 0.5],
        ['p99', 0.99],
      ] as const) {
        // prettier-ignore
        const time = (rounds: readonly Round[]) => quantile(rounds.flatMap(({ times }) => times), q); // prettier-ignore
        emit({ ...measured, metric, unit: 'ms', ours: time(two), peer: time(one) });
      }
      await tellSizes(server.url);
    } finally {
      for (const each of processes) await each.signal('SIGTERM');
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

let sent = 0;

async function load(urls: readonly string[]): Promise<Round> {
  const times: number[] = [];
  const started = performance.now();
  const client = async (own: number): Promise<void> => {
    const url = `${urls[own % urls.length]}/coordinate`;
    while (performance.now() - started < ROUND_MS) {
      const state = { ...samplePortfolio(), portfolio_id: `p${sent++ % 100}` };
      const at = performance.now();
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(sampleRequest({ portfolio_state: state })),
      });
      await answer.text();
      if (answer.status !== 201) throw new Error(`the service answered ${answer.status}`);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, own) => client(own)));
  return { rate: (1000 * times.length) / (performance.now() - started), times };
}

/** Bytes of the event store by coordination, for the arithmetic of docs/scaling.md. */
async function tellSizes(url: string): Promise<void> {
  const database = await createPostgresDatabase({ url, poolSize: 1 });
  try {
    const [row] = await database.query<{ coordinations: number; events: number; all: number }>(
      `SELECT (SELECT count(*)::int FROM coordination_sessions) AS coordinations,
              pg_total_relation_size('events')::float8 + pg_total_relation_size('log')::float8 AS events,
              pg_database_size(current_database())::float8 AS all`,
    );
    const { coordinations = 0, events = 0, all = 0 } = row ?? {};
    const each = (bytes: number) => `${(bytes / coordinations / 1024).toFixed(1)} KiB`;
    console.error(
      `${coordinations} small coordinations: ${each(events)} each in events and log, ${each(all)} in the whole database`,
    );
  } finally {
    await database.close();
  }
}
