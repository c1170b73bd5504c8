import type { SqlExecutor } from '#platform';

/** A lane as its owner knows it: what it folds from here is written only while both are still so. */
export interface LaneHold {
  readonly lane: number;
  /** every event of its streams up to here is folded or parked */
  readonly position: bigint;
  readonly fence: bigint;
}

/** A lane as anybody sees it. */
export interface LaneStatus extends LaneHold {
  /** the process that folds it; null where none does */
  readonly owner: string | null;
  /** RFC 3339; the owner is taken for dead from then on */
  readonly expiresAt: string | null;
}

/** What a transaction writes: each lane at `from` goes to `to`. */
export interface LaneMove {
  readonly lanes: readonly LaneHold[];
  readonly to: bigint;
}

/**
 * SQL for the position that readers wait for, as text, within a query: one statement sees one state of it and of the rows.
 * Rows may hold events beyond it, of lanes that are further.
 */
export const CHECKPOINT = '(SELECT min(lanes.position)::text FROM projection_lanes AS lanes)';

/** A value that reflects every event up to the position and none after it. */
export interface AtPosition<T> {
  readonly value: T;
  readonly position: bigint;
}

/** A lane is not as its folder knew it: another projector has it now, or what is parked changed. Nothing was written. */
export class LaneFencedError extends Error {
  override readonly name = 'LaneFencedError';

  constructor(lanes: readonly LaneHold[]) {
    const named = lanes.map(({ lane, position, fence }) => `${lane} at ${position} under fence ${fence}`);
    super(`The lanes are not what was folded from any more: ${named.join(', ')}.`);
  }
}

/** The lanes stand still for a moment, because their tables are being compared. Nothing was written; try again. */
export class LanesHeldError extends Error {
  override readonly name = 'LanesHeldError';
}

/** 0 where nothing was folded yet */
export async function readCheckpoint(database: SqlExecutor): Promise<bigint> {
  const [row] = await database.query<{ position: string | null }>(`SELECT ${CHECKPOINT} AS position`);
  return BigInt(row?.position ?? 0);
}

/** In their order. */
export async function readLanes(database: SqlExecutor): Promise<readonly LaneStatus[]> {
  const rows = await database.query<{
    lane: number;
    position: string;
    fence: string;
    owner: string | null;
    expires_at: string | null;
  }>(
    `SELECT lane, position::text AS position, fence::text AS fence, owner,
            to_char(nullif(expires_at, 'infinity'), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS expires_at
     FROM projection_lanes ORDER BY lane`,
  );
  return rows.map(({ lane, position, fence, owner, expires_at }) => {
    return { lane, position: BigInt(position), fence: BigInt(fence), owner, expiresAt: expires_at };
  });
}

/**
 * Moves the lanes and holds their rows until the transaction ends, so that two projectors cannot fold the same event.
 *
 * @throws LaneFencedError unless every lane is as its holder knows it
 * @throws LanesHeldError while they are to stand still
 */
export async function moveLanes(transaction: SqlExecutor, { lanes, to }: LaneMove): Promise<void> {
  const moved = await transaction.query<{ still: boolean }>(
    `UPDATE projection_lanes AS lanes SET position = $4::bigint, updated_at = now()
     FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS held(lane, position, fence)
     WHERE lanes.lane = held.lane AND lanes.position = held.position AND lanes.fence = held.fence
     RETURNING coalesce(lanes.held_until > clock_timestamp(), false) AS still`,
    [lanes.map(({ lane }) => lane), lanes.map(({ position }) => position), lanes.map(({ fence }) => fence), to],
  );
  if (moved.length !== lanes.length) throw new LaneFencedError(lanes);
  if (moved.some(({ still }) => still)) throw new LanesHeldError('The lanes stand still.');
}

/** Whoever folds this lane has to look again at what is parked before anything more is written. */
export async function fenceLane(transaction: SqlExecutor, lane: number): Promise<void> {
  await transaction.query('UPDATE projection_lanes SET fence = fence + 1 WHERE lane = $1', [lane]);
}

/** Nobody folds for this long; what is being folded is written before this resolves. */
export async function holdLanes(database: SqlExecutor, milliseconds: number): Promise<void> {
  await database.query(
    `UPDATE projection_lanes AS lanes SET held_until = clock_timestamp() + $1 * interval '1 millisecond'
     FROM (SELECT lane FROM projection_lanes ORDER BY lane FOR UPDATE) AS ordered WHERE lanes.lane = ordered.lane`,
    [milliseconds],
  );
}
