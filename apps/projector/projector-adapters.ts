import type { EventStore } from '#event-store';
import type { AdvanceSignal, ReadModelCache, TimescaleReadModels } from '#read-models';

/** The part of the event store that a projection needs. */
export type EventLog = Pick<EventStore, 'readLog' | 'lastPosition' | 'onSequenced'>;

/** What the projections are plugged into. Whoever opened these closes them, after the application. */
export interface ProjectorAdapters {
  readonly eventStore: EventLog;
  readonly readModels: TimescaleReadModels;
  readonly cache: ReadModelCache;
  /** rung after every batch; share it with the query side of the same process */
  readonly advance: AdvanceSignal;
  /** how long to trust that the store did not ring; default 500 */
  readonly pollIntervalMs?: number;
  /** events in one transaction; default 50 */
  readonly batchSize?: number;
  /** the read database is this process's alone: it takes every lane at once; default false */
  readonly exclusive?: boolean;
  /** a lane whose process was not heard of for this long goes to another one; default 4,000 */
  readonly leaseMs?: number;
}

export const PROJECTOR_ADAPTERS = Symbol('PROJECTOR_ADAPTERS');
