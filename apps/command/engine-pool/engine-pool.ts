import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import {
  type AssessImpactCommand,
  type CoordinateCommand,
  type CoordinationDecision,
  coordinationRequested,
  type DecisionWithProblem,
  type ImpactAnswer,
  type MarketModel,
  type MeasureCommand,
  type Rejection,
  type ReplanCommand,
  type ReplannedOrders,
  type StartedOrder,
} from '#domain';
import { type Engine, EngineBusyError } from './engine.js';
import type { ReplayedDecision } from './replay-decision.js';
import type { EngineAnswer, EngineTask, SharedModel } from './task.js';

export interface EnginePoolOptions {
  /** workers, at least 1; default one fewer than the machine has cores, which leaves one to HTTP */
  readonly threads?: number;
  /** decisions that may wait for a worker; default 200 */
  readonly queueMax?: number;
  /** the compiled worker; default the one beside this module */
  readonly worker?: URL;
}

export const defaultThreads = (): number => Math.max(1, availableParallelism() - 1);

/** Decides in worker threads, so that the event loop stays free. Resolves when every worker has its solver loaded. */
export async function createEnginePool(options: EnginePoolOptions = {}): Promise<Engine> {
  const threads = options.threads ?? defaultThreads();
  const pool = new Piscina<EngineTask, string>({
    filename: fileURLToPath(options.worker ?? new URL('./engine.worker.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    maxQueue: Math.max(threads, options.queueMax ?? 200),
    concurrentTasksPerWorker: 1,
    recordTiming: false,
  });
  await Promise.all(Array.from({ length: threads }, () => pool.run({ kind: 'READY', command: '' })));
  return new EnginePool(pool, threads);
}

class EnginePool implements Engine {
  /** by identity: a published model is one object for as long as it is current */
  private readonly shared = new WeakMap<MarketModel, SharedModel>();

  constructor(
    private readonly pool: Piscina<EngineTask, string>,
    readonly parallelism: number,
  ) {}

  async decide(command: CoordinateCommand): Promise<CoordinationDecision | Rejection> {
    const answer = (await this.run('DECIDE', command)) as EngineAnswer;
    if ('rejection' in answer) return answer.rejection;
    return {
      events: [coordinationRequested(command), { type: 'coordination_completed', data: answer.completed }],
      diagnostics: answer.diagnostics,
    };
  }

  async decideWithProblem(command: CoordinateCommand): Promise<DecisionWithProblem | Rejection> {
    return (await this.run('DECIDE_WITH_PROBLEM', command)) as DecisionWithProblem | Rejection;
  }

  async replay(command: CoordinateCommand, recorded: string): Promise<ReplayedDecision> {
    return (await this.run('REPLAY', command, { recorded })) as ReplayedDecision;
  }

  async assess(command: AssessImpactCommand): Promise<ImpactAnswer | Rejection> {
    return (await this.run('ASSESS', command)) as ImpactAnswer | Rejection;
  }

  async measureOrders(command: MeasureCommand): Promise<readonly StartedOrder[] | Rejection> {
    return (await this.run('MEASURE', command)) as readonly StartedOrder[] | Rejection;
  }

  async replan(command: ReplanCommand): Promise<ReplannedOrders | Rejection> {
    return (await this.run('REPLAN', command)) as ReplannedOrders | Rejection;
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async run(
    kind: EngineTask['kind'],
    { marketModel, ...command }: CoordinateCommand | AssessImpactCommand,
    further: Pick<EngineTask, 'recorded'> = {},
  ): Promise<unknown> {
    if (this.pool.queueSize >= this.pool.options.maxQueue)
      throw new EngineBusyError('The engine has too much to decide.');
    const shared = marketModel ? { marketModel: this.share(marketModel) } : {};
    return JSON.parse(await this.pool.run({ kind, command: JSON.stringify(command), ...shared, ...further }));
  }

  private share(model: MarketModel): SharedModel {
    const known = this.shared.get(model);
    if (known !== undefined) return known;
    const text = Buffer.from(JSON.stringify(model), 'utf8');
    const bytes = new SharedArrayBuffer(text.byteLength);
    new Uint8Array(bytes).set(text);
    const made = { id: model.model_id, bytes };
    this.shared.set(model, made);
    return made;
  }
}
