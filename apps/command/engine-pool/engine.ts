import type { CoordinateCommand, CoordinationDecision, DecisionWithProblem, Rejection } from '#domain';

/** Runs the pure decision somewhere. Every call throws EngineBusyError where too many wait already. */
export interface Engine {
  decide(command: CoordinateCommand): Promise<CoordinationDecision | Rejection>;
  /** the same decision, with the optimisation problem behind it */
  decideWithProblem(command: CoordinateCommand): Promise<DecisionWithProblem | Rejection>;
  /** decisions that are worth starting at the same time */
  readonly parallelism: number;
  close(): Promise<void>;
}

export class EngineBusyError extends Error {
  override readonly name = 'EngineBusyError';
}
