import type { AdvanceSignal, ReadModelCache, TimescaleReadModels } from '#read-models';

/** Of GET /stream. */
interface StreamLimits {
  /** clients at a time; default 100 */
  readonly clientsMax?: number;
  /** silence after which a client is told that the connection is alive; default 15,000 */
  readonly heartbeatMs?: number;
  /** how often to look where nobody rings; default 500 */
  readonly pollMs?: number;
}

/** What the queries are answered from. Whoever opened these closes them, after the application. */
export interface QueryAdapters {
  readonly readModels: TimescaleReadModels;
  readonly cache: ReadModelCache;
  /** rings when the read models of this process moved on; elsewhere they are polled */
  readonly advance?: AdvanceSignal;
  /** how long a query waits for the position it names; default 5,000 */
  readonly positionTimeoutMs?: number;
  readonly stream?: StreamLimits;
  /** where the command process is reached, '' where nobody said; absent where this process has the command side too */
  readonly commandUrl?: string;
}

export const QUERY_ADAPTERS = Symbol('QUERY_ADAPTERS');
export const COMMAND_URL = Symbol('COMMAND_URL');
