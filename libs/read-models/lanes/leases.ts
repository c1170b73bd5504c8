import type { SqlDatabase, SqlExecutor } from '#platform';
import type { LaneHold } from './lanes.js';

export interface LeaseOptions {
  /** names a process and no other one */
  readonly owner: string;
  /** a lane whose owner was not heard of for this long is free */
  readonly leaseMs: number;
}

/**
 * Says that the process is alive and makes its share of the lanes even: takes free ones up to the share, gives back what
 * is beyond it. Each lane taken gets a new fence, so that what its former owner still folds is refused.
 *
 * @returns the lanes that are the process's now
 */
export function shareLanes(database: SqlDatabase, options: LeaseOptions): Promise<readonly LaneHold[]> {
  return database.transaction(async (transaction) => {
    const share = await announce(transaction, options);
    await transaction.query(
      `UPDATE projection_lanes AS lanes SET expires_at = ${expiry}
       FROM (SELECT lane FROM projection_lanes WHERE owner = $1 ORDER BY lane FOR UPDATE) AS mine
       WHERE lanes.lane = mine.lane`,
      [options.owner, options.leaseMs],
    );
    const mine = await lanesOf(transaction, options.owner);
    if (mine.length > share) await giveBack(transaction, options.owner, share);
    else if (mine.length < share) await claim(transaction, options, share - mine.length);
    else return mine;
    return lanesOf(transaction, options.owner);
  });
}

/** Takes every lane from whoever has it, for ever: where nobody else may fold these tables. */
export async function takeLanes(database: SqlDatabase, owner: string): Promise<readonly LaneHold[]> {
  await database.query(
    `UPDATE projection_lanes AS lanes SET owner = $1, fence = fence + 1, expires_at = 'infinity'
     FROM (SELECT lane FROM projection_lanes ORDER BY lane FOR UPDATE) AS ordered WHERE lanes.lane = ordered.lane`,
    [owner],
  );
  return lanesOf(database, owner);
}

/** A process that ends well leaves nobody waiting for its leases to run out. */
export async function releaseLanes(database: SqlDatabase, owner: string): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query('DELETE FROM projection_workers WHERE owner = $1', [owner]);
    await giveBack(transaction, owner, 0);
  });
}

/** The lanes of the process as they are now. */
export async function lanesOf(database: SqlExecutor, owner: string): Promise<readonly LaneHold[]> {
  const rows = await database.query<{ lane: number; position: string; fence: string }>(
    `SELECT lane, position::text AS position, fence::text AS fence FROM projection_lanes WHERE owner = $1 ORDER BY lane`,
    [owner],
  );
  return rows.map(({ lane, position, fence }) => ({ lane, position: BigInt(position), fence: BigInt(fence) }));
}

const expiry = `clock_timestamp() + $2::float8 * interval '1 millisecond'`;

/** Gives how many lanes are an even share among the processes that are alive. */
async function announce(transaction: SqlExecutor, options: LeaseOptions): Promise<number> {
  await transaction.query(
    `INSERT INTO projection_workers (owner, expires_at) VALUES ($1, ${expiry})
     ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at`,
    [options.owner, options.leaseMs],
  );
  await transaction.query('DELETE FROM projection_workers WHERE owner <> $1 AND expires_at <= clock_timestamp()', [
    options.owner,
  ]);
  const [counted] = await transaction.query<{ share: number }>(
    `SELECT ceil((SELECT count(*) FROM projection_lanes)::numeric / (SELECT count(*) FROM projection_workers))::integer AS share`,
  );
  return counted?.share ?? 0;
}

/** A lane that is being folded at this moment is left for the next time. */
async function claim(transaction: SqlExecutor, options: LeaseOptions, count: number): Promise<void> {
  await transaction.query(
    `UPDATE projection_lanes AS lanes SET owner = $1, fence = fence + 1, expires_at = ${expiry}
     FROM (
       SELECT lane FROM projection_lanes
       WHERE owner IS DISTINCT FROM $1 AND (owner IS NULL OR expires_at <= clock_timestamp())
       ORDER BY lane LIMIT $3 FOR UPDATE SKIP LOCKED
     ) AS free
     WHERE lanes.lane = free.lane`,
    [options.owner, options.leaseMs, count],
  );
}

/** All but the first `keep`. */
async function giveBack(transaction: SqlExecutor, owner: string, keep: number): Promise<void> {
  await transaction.query(
    `UPDATE projection_lanes AS lanes SET owner = NULL, expires_at = NULL
     FROM (SELECT lane FROM projection_lanes WHERE owner = $1 ORDER BY lane OFFSET $2 FOR UPDATE) AS surplus
     WHERE lanes.lane = surplus.lane`,
    [owner, keep],
  );
}
