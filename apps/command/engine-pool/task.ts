import type { CoordinationCompleted, Rejection, SolveDiagnostics } from '#domain';

/** What goes to a worker: text, which crosses threads several times faster than objects do. */
export interface EngineTask {
  /** what is to be computed; READY makes the worker ready and computes nothing */
  readonly kind: 'READY' | 'DECIDE' | 'DECIDE_WITH_PROBLEM' | 'REPLAY' | 'ASSESS' | 'MEASURE' | 'REPLAN';
  /** JSON of a CoordinateCommand, or of one that has more or less than that, without its market model */
  readonly command: string;
  readonly marketModel?: SharedModel;
  /** REPLAY: what was recorded */
  readonly recorded?: string;
}

/** A published market model is immutable: every worker reads the same memory and parses it once. */
export interface SharedModel {
  readonly id: string;
  /** UTF-8 of its JSON */
  readonly bytes: SharedArrayBuffer;
}

/** What comes back, as JSON: the decision without the inputs, which the asking side has. */
export type EngineAnswer =
  | {
      readonly completed: CoordinationCompleted['data'];
      readonly diagnostics: SolveDiagnostics;
    }
  | { readonly rejection: Rejection };
