import type {
  AggregateStatus,
  LaneStatus,
  ParkedEvent,
  ReadModelVersion,
  RebuildJob,
  VersionComparison,
} from '#read-models';

/** A job as the interface shows it; positions are decimal strings. */
export interface JobView {
  readonly id: string;
  readonly kind: 'rebuild' | 'rollback';
  readonly version: number;
  readonly switch: string;
  readonly state: string;
  readonly position: string;
  /** the end of the log when the job was last at work */
  readonly target: string;
  /** 0 to 1 */
  readonly progress: number;
  readonly events_per_second: number | null;
  readonly eta_seconds: number | null;
  readonly cancel_requested: boolean;
  readonly comparison: VersionComparison | null;
  readonly error: string | null;
  readonly requested_at: string;
  readonly finished_at: string | null;
}

export function jobView(job: RebuildJob): JobView {
  const left = Number(job.target - job.position);
  const { eventsPerSecond: rate, finishedAt } = job;
  const timed = rate !== null && rate > 0 && finishedAt === null;
  return {
    id: job.id,
    kind: job.kind === 'REBUILD' ? 'rebuild' : 'rollback',
    version: job.version,
    switch: job.switch,
    state: job.state,
    position: job.position.toString(),
    target: job.target.toString(),
    progress:
      job.state === 'DONE' || job.target === 0n
        ? Number(job.state === 'DONE')
        : Number(job.position) / Number(job.target),
    events_per_second: rate === null ? null : Math.round(rate),
    eta_seconds: timed ? Math.ceil(Math.max(0, left) / rate) : null,
    cancel_requested: job.cancelRequested,
    comparison: job.comparison,
    error: job.error,
    requested_at: job.requestedAt,
    finished_at: finishedAt,
  };
}

export interface ParkedView {
  /** the position of the event */
  readonly id: string;
  readonly event_id: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly reason: 'FAILED' | 'HELD';
  readonly error: string;
  readonly attempts: number;
  readonly parked_at: string;
}

export const parkedView = (parked: ParkedEvent): ParkedView => ({
  id: parked.position.toString(),
  event_id: parked.eventId,
  stream: parked.stream,
  version: parked.version,
  type: parked.type,
  reason: parked.reason,
  error: parked.error,
  attempts: parked.attempts,
  parked_at: parked.parkedAt,
});

export interface ReadModelsFacts {
  readonly lanes: readonly LaneStatus[];
  readonly end: bigint;
  readonly parked: readonly ParkedEvent[];
  readonly versions: readonly ReadModelVersion[];
  readonly aggregates: readonly AggregateStatus[];
  readonly job: RebuildJob | null;
  /** why this process does not go on; null where it does */
  readonly stopped: string | null;
}

export interface ReadModelsView {
  readonly name: 'read-models';
  /** what readers may rely on: the least of the lanes */
  readonly position: string;
  readonly lag_events: string;
  readonly stopped: string | null;
  readonly version: number | null;
  readonly former_version: number | null;
  readonly parked: { readonly failed: number; readonly held: number };
  readonly lanes: readonly {
    readonly lane: number;
    readonly position: string;
    readonly owner: string | null;
    readonly expires_at: string | null;
  }[];
  /** continuous aggregates; empty where the server has no TimescaleDB, and buckets are summed up from the minutes */
  readonly aggregates: readonly { readonly name: string; readonly refreshed_until: string | null }[];
  readonly job: JobView | null;
}

export function readModelsView(facts: ReadModelsFacts): ReadModelsView {
  const position = facts.lanes.reduce((held, lane) => (lane.position < held ? lane.position : held), facts.end);
  const failed = facts.parked.filter(({ reason }) => reason === 'FAILED').length;
  const versionOf = (state: ReadModelVersion['state']) =>
    facts.versions.filter((version) => version.state === state).at(-1)?.version ?? null;
  return {
    name: 'read-models',
    position: position.toString(),
    lag_events: (facts.end - position).toString(),
    stopped: facts.stopped,
    version: versionOf('LIVE'),
    former_version: versionOf('FORMER'),
    parked: { failed, held: facts.parked.length - failed },
    lanes: facts.lanes.map(({ lane, position: at, owner, expiresAt }) => {
      return { lane, position: at.toString(), owner, expires_at: expiresAt };
    }),
    aggregates: facts.aggregates.map(({ name, refreshedUntil }) => ({ name, refreshed_until: refreshedUntil })),
    job: facts.job === null ? null : jobView(facts.job),
  };
}

interface CacheView {
  readonly name: 'cache';
  /** null where it forgot, or does not answer */
  readonly position: string | null;
}

export interface ProjectionsView {
  readonly log_position: string;
  readonly projections: readonly (ReadModelsView | CacheView)[];
}
