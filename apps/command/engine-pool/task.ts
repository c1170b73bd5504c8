import type {
  CoordinateCommand,
  CoordinationCompleted,
  CoordinationRequested,
  Rejection,
  SolveDiagnostics,
} from '#domain';

/** What goes to a worker: text, which crosses threads several times faster than objects do. */
export interface EngineTask {
  /** JSON of a CommandWithoutModel; empty to make the worker ready and nothing else */
  readonly command: string;
  readonly marketModel?: SharedModel;
}

export type CommandWithoutModel = Omit<CoordinateCommand, 'marketModel'>;

/** A published market model is immutable: every worker reads the same memory and parses it once. */
export interface SharedModel {
  readonly id: string;
  /** UTF-8 of its JSON */
  readonly bytes: SharedArrayBuffer;
}

/** What comes back, as JSON: the decision without the inputs, which the asking side has. */
export type EngineAnswer =
  | {
      readonly requested: Omit<CoordinationRequested['data'], 'request' | 'stored_portfolio_state'>;
      readonly completed: CoordinationCompleted['data'];
      readonly diagnostics: SolveDiagnostics;
    }
  | { readonly rejection: Rejection };
