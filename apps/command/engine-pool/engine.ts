import type {
  AssessImpactCommand,
  CoordinateCommand,
  CoordinationDecision,
  DecisionWithProblem,
  ImpactAnswer,
  MeasureCommand,
  Rejection,
  ReplanCommand,
  ReplannedOrders,
  StartedOrder,
} from '#domain';
import type { ReplayedDecision } from './replay-decision.js';

/** Runs the pure decision somewhere. Every call throws EngineBusyError where too many wait already. */
export interface Engine {
  decide(command: CoordinateCommand): Promise<CoordinationDecision | Rejection>;
  /** the same decision, with the optimisation problem behind it */
  decideWithProblem(command: CoordinateCommand): Promise<DecisionWithProblem | Rejection>;
  /** decides again and compares with the recorded bytes: the canonical JSON of the completed event's data */
  replay(command: CoordinateCommand, recorded: string): Promise<ReplayedDecision>;
  /** what proposed trades would do */
  assess(command: AssessImpactCommand): Promise<ImpactAnswer | Rejection>;
  /** what the orders of a coordination are measured by */
  measureOrders(command: MeasureCommand): Promise<readonly StartedOrder[] | Rejection>;
  /** plans again what is left of an execution */
  replan(command: ReplanCommand): Promise<ReplannedOrders | Rejection>;
  /** decisions that are worth starting at the same time */
  readonly parallelism: number;
  close(): Promise<void>;
}

export class EngineBusyError extends Error {
  override readonly name = 'EngineBusyError';
}
