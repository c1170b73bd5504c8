import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  executionReplanned,
  executionStarted,
  type ExecutionReplanned,
  type ExecutionStarted,
  isRejection,
  openOrders,
  portfolioNow,
  replanCommand,
  replanTrigger,
  type ReplanTrigger,
} from '#domain';
import { problemOfRejection } from '#platform';
import { ENGINE } from '../command-adapters.js';
import { type Engine, EngineBusyError } from '../engine-pool/engine.js';
import { refuseWhenBusy } from '../engine-pool/refuse-when-busy.js';
import { RecallCoordination } from '../replay/recall-coordination.js';
import { ExecutionMetrics } from './execution-metrics.js';
import type { LoadedExecution } from './executions.js';
import type { Unfolding } from './unfolding.js';

/** A plan that could not be made: what was told is stored nevertheless, and the next report tries again. */
export interface FailedReplan {
  readonly failed: string;
}

/** What of an execution takes the engine and the inputs of its coordination. */
@Injectable()
export class Replanner {
  private readonly logger = new Logger('Execution');

  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly coordinations: RecallCoordination,
    private readonly metrics: ExecutionMetrics,
  ) {}

  /** The first event of an execution. @throws ProblemException where the engine has no room */
  async start({ execution }: LoadedExecution): Promise<ExecutionStarted> {
    const command = await this.decided(execution.coordination_id);
    const orders = [...execution.orders.values()].map(({ decision_id, instrument_id, side, quantity }) => ({
      decision_id,
      instrument_id,
      quantity: side * quantity,
    }));
    const measured = await refuseWhenBusy(this.engine.measureOrders({ ...command, orders }));
    if (isRejection(measured)) throw problemOfRejection(measured);
    return executionStarted(command, measured);
  }

  /**
   * The new plan of what is open, where one is due. What was told is a fact whether or not there is a plan for it: a failure is
   * said, and not thrown.
   *
   * @param at in the time of the market, epoch milliseconds
   */
  async replan(
    { execution, stored }: Unfolding,
    at: number,
    wanted: ReplanTrigger | null,
  ): Promise<ExecutionReplanned | FailedReplan | null> {
    const trigger = wanted ?? replanTrigger(execution, at);
    if (trigger === null || openOrders(execution).length === 0) return null;
    const { coordination_id } = execution;
    try {
      const command = await this.decided(coordination_id);
      const portfolio = portfolioNow(execution, command, stored?.portfolio ?? null);
      const replanned = await this.engine.replan(replanCommand(execution, command, portfolio, at));
      if (!isRejection(replanned)) return executionReplanned(execution, trigger, replanned, at);
      // nothing to plan for: what is open expires
      if (replanned.code === 'NO_SESSION_LEFT') return null;
      return this.failed(coordination_id, trigger, replanned.message);
    } catch (error) {
      if (!(error instanceof EngineBusyError)) this.logger.error(error);
      return this.failed(coordination_id, trigger, error instanceof EngineBusyError ? error.message : 'It failed.');
    }
  }

  private failed(coordinationId: string, { reason, explanation }: ReplanTrigger, why: string): FailedReplan {
    this.metrics.replanFailed(reason);
    this.logger.warn(`${coordinationId} keeps its plan, though it should be made again (${explanation}): ${why}`);
    return { failed: `The plan stays as it was, though it should be made again. ${explanation} ${why}` };
  }

  private async decided(coordinationId: string) {
    const recalled = await this.coordinations.recall(coordinationId);
    if (recalled === null) throw new Error(`${coordinationId} has no inputs in the log`);
    return recalled.command;
  }
}
