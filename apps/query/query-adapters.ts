import type { AdvanceSignal, ReadModelCache, TimescaleReadModels } from '#read-models';

/** What the queries are answered from. Whoever opened these closes them, after the application. */
export interface QueryAdapters {
  readonly readModels: TimescaleReadModels;
  readonly cache: ReadModelCache;
  /** rings when the read models of this process moved on; elsewhere they are polled */
  readonly advance?: AdvanceSignal;
  /** how long a query waits for the position it names; default 5,000 */
  readonly positionTimeoutMs?: number;
  /** where the command process is reached, '' where nobody said; absent where this process has the command side too */
  readonly commandUrl?: string;
}

export const QUERY_ADAPTERS = Symbol('QUERY_ADAPTERS');
export const COMMAND_URL = Symbol('COMMAND_URL');
