import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import {
  type CoordinateCommand,
  type CoordinationRequest,
  type CoordinationResponse,
  decideCoordination,
  type VerifyReport,
} from '#domain';
import type { Optimiser } from '#engine';
import { createPostgresDatabase, startEmbeddedPostgres } from '#platform';
import { createCertifiedOptimiser } from '#reference-solver';
import { internalContext } from '../../apps/command/command-context.js';
import { type CommandApp, openCommandApp } from '../../apps/command/e2e/command-app.js';
import { createEnginePool } from '../../apps/command/engine-pool/engine-pool.js';
import { PublishMarketModel } from '../../apps/command/market-model/publish-market-model.js';
import { RecallCoordination } from '../../apps/command/replay/recall-coordination.js';
import type { ReplayJob } from '../../apps/command/replay/replay-job.js';
import { type Bench, quantile } from '../bench.js';
import { benchInputs } from '../coordinate/inputs.js';

const COORDINATIONS = 200;
const ROUNDS = 5;
const PEER = 'engine-alone';

interface Pass {
  /** coordinations a second */
  readonly wall: number;
  /** coordinations a second of processor time, all threads of this process together */
  readonly cpu: number;
}

/**
 * Audit replay of recorded coordinations (100 signals on 500 instruments, published model), every byte compared, beside
 * the engine alone deciding the same inputs. One worker decides, so that both have one core for the engine; the processor
 * time also counts reading, parsing and comparing, but not the database server's.
 */
export const bench: Bench = {
  name: 'replay',
  async run(emit) {
    const dir = await mkdtemp(join(tmpdir(), 'bench-replay-'));
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
    const db = await createPostgresDatabase({ url: server.url, poolSize: 8 });
    const engine = await createEnginePool({ threads: 1 });
    const optimise = await createCertifiedOptimiser();
    const command = await openCommandApp(db, server.url, engine);
    try {
      const commands = await record(command);
      const [ours, alone]: [Pass[], Pass[]] = [[], []];
      for (let round = 0; round <= ROUNDS; round++) {
        const pass = [await measured(() => replay(command)), await measured(async () => decide(commands, optimise))];
        if (round === 0) continue;
        ours.push(pass[0] as Pass);
        alone.push(pass[1] as Pass);
      }
      for (const metric of ['wall', 'cpu'] as const) {
        const rate = (passes: readonly Pass[]) =>
          quantile(
            passes.map((pass) => pass[metric]),
            0.5,
          );
        const unit = metric === 'wall' ? '1/s' : '1/CPU s';
        emit({ case: 'verify', metric: `rate, ${metric}`, unit, ours: rate(ours), peer: rate(alone), peer_name: PEER });
      }
    } finally {
      await command.close();
      await engine.close();
      await db.close();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** The same book with signals of other strengths each time. */
async function record(command: CommandApp): Promise<CoordinateCommand[]> {
  const { request, model } = await benchInputs();
  const { portfolio_state, signals, as_of } = request;
  await command.app.get(CommandBus).execute(new PublishMarketModel(model, internalContext('bench', 'bench')));
  await command.put(`/portfolios/${portfolio_state.portfolio_id}/state`, portfolio_state);
  const recall = command.app.get(RecallCoordination);
  const commands: CoordinateCommand[] = [];
  for (let n = 0; n < COORDINATIONS; n++) {
    const strengths = signals.map((s, i) => ({ ...s, strength: ((i * 37 + n * 11) % 100) / 100 }));
    const body: CoordinationRequest = { as_of, signals: strengths, portfolio_id: portfolio_state.portfolio_id };
    const { coordination_id } = (await command.post('/coordinate', body)).json<CoordinationResponse>();
    const recalled = await recall.recall(coordination_id);
    if (recalled === null) throw new Error(`${coordination_id} is not in the log`);
    commands.push(recalled.command);
  }
  return commands;
}

async function replay(command: CommandApp): Promise<void> {
  let job = (await command.post('/replays', { mode: 'verify' })).json<ReplayJob>();
  while (job.status === 'QUEUED' || job.status === 'RUNNING') {
    await new Promise((wake) => setTimeout(wake, 100));
    job = (await command.get(`/replays/${job.replay_id}`)).json<ReplayJob>();
  }
  const { verified } = job.report as VerifyReport;
  if (verified !== COORDINATIONS) throw new Error(`${verified} of ${COORDINATIONS} were verified`);
}

function decide(commands: readonly CoordinateCommand[], optimise: Optimiser): void {
  for (const each of commands) if (!('events' in decideCoordination(each, optimise))) throw new Error('refused');
}

async function measured(work: () => Promise<void>): Promise<Pass> {
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  await work();
  const seconds = (performance.now() - begun) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  return { wall: COORDINATIONS / seconds, cpu: (COORDINATIONS * 1e6) / (user + system) };
}
