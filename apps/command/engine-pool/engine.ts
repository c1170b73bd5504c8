import type { CoordinateCommand, CoordinationDecision, Rejection } from '#domain';

/** Runs the pure decision somewhere. */
export interface Engine {
  /** @throws EngineBusyError where too many decisions wait already */
  decide(command: CoordinateCommand): Promise<CoordinationDecision | Rejection>;
  /** decisions that are worth starting at the same time */
  readonly parallelism: number;
  close(): Promise<void>;
}

export class EngineBusyError extends Error {
  override readonly name = 'EngineBusyError';
}
