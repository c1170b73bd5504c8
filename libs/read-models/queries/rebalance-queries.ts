import type { RebalanceProgress, RebalanceRequest } from '#domain';
import type { SqlExecutor } from '#platform';
import { exactTime, wireTime } from './times.js';

/** A queued rebalance request and how far it is done. */
export interface RebalanceRecord {
  readonly portfolio_id: string;
  readonly rebalance_id: string;
  readonly status: 'QUEUED' | 'PARTLY_DONE' | 'DONE' | 'CANCELLED' | 'OVERDUE';
  readonly requested_at: string;
  readonly updated_at: string;
  readonly request: RebalanceRequest;
  /** of the last coordination that took it up */
  readonly progress: RebalanceProgress | null;
  readonly coordination_id: string | null;
}

export interface RebalanceFilter {
  readonly portfolioId?: string | undefined;
  readonly rebalanceId?: string | undefined;
  readonly status?: RebalanceRecord['status'] | undefined;
}

/** What is asked for after its deadline is overdue, whether or not a coordination has looked at it since. */
const STATUS = `CASE WHEN status IN ('QUEUED', 'PARTLY_DONE') AND deadline < now() THEN 'OVERDUE' ELSE status END`;

/** Newest first. */
export async function queryRebalances(
  database: SqlExecutor,
  { portfolioId, rebalanceId, status }: RebalanceFilter,
  limit: number,
): Promise<readonly RebalanceRecord[]> {
  const rows = await database.query<RebalanceRecord>(
    `SELECT portfolio_id, rebalance_id, ${STATUS} AS status, ${exactTime('requested_at')} AS requested_at,
       ${exactTime('"timestamp"')} AS updated_at, request, progress, coordination_id
     FROM rebalance_requests
     WHERE ($1::text IS NULL OR portfolio_id = $1) AND ($2::text IS NULL OR rebalance_id = $2)
       AND ($3::text IS NULL OR ${STATUS} = $3)
     ORDER BY rebalance_requests.requested_at DESC, rebalance_id LIMIT $4`,
    [portfolioId ?? null, rebalanceId ?? null, status ?? null, limit],
  );
  return rows.map((row) => ({
    ...row,
    requested_at: wireTime(row.requested_at),
    updated_at: wireTime(row.updated_at),
  }));
}
