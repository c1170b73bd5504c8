import type { ReplayReport, ReplayRequest } from '#domain';
import type { StoredReplay } from '#event-store';

/** A replay as the API shows it. */
export interface ReplayJob {
  readonly replay_id: string;
  readonly mode: ReplayRequest['mode'];
  readonly request: ReplayRequest;
  readonly status: StoredReplay['status'];
  readonly progress: {
    readonly done: number;
    readonly total: number;
    /** null before there is a rate to tell it by, and when nothing is left */
    readonly eta_seconds: number | null;
  };
  readonly report: ReplayReport;
  readonly failure?: string;
  readonly created_at: string;
  readonly started_at?: string;
  readonly finished_at?: string;
}

/** @param now epoch milliseconds */
export function toReplayJob(stored: StoredReplay, now: number): ReplayJob {
  const { replay_id, mode, request, status, done, total, report, failure, created_at } = stored;
  return {
    replay_id,
    mode,
    request,
    status,
    progress: { done, total, eta_seconds: etaSeconds(stored, now) },
    report,
    ...(failure === null ? {} : { failure }),
    created_at,
    ...(stored.started_at === null ? {} : { started_at: stored.started_at }),
    ...(stored.finished_at === null ? {} : { finished_at: stored.finished_at }),
  };
}

function etaSeconds({ status, started_at, done, total }: StoredReplay, now: number): number | null {
  if (status !== 'RUNNING' || started_at === null || done === 0) return null;
  const elapsed = Math.max(0, now - Date.parse(started_at)) / 1_000;
  return Math.round((elapsed / done) * (total - done) * 10) / 10;
}
