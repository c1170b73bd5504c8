import type { SqlExecutor } from '#platform';

/** The projection that writes every table; its checkpoint is the position that readers wait for. */
export const READ_MODELS = 'read-models';

/** SQL for that checkpoint as text, within a query: one statement sees one state of both. */
export const CHECKPOINT = `(SELECT position::text FROM projection_checkpoints WHERE projection = '${READ_MODELS}')`;

/** A value that reflects every event up to the position and none after it. */
export interface AtPosition<T> {
  readonly value: T;
  readonly position: bigint;
}

/** Somebody else moved the checkpoint: what was computed from the old one must not be written. */
export class CheckpointMovedError extends Error {
  constructor(expected: bigint) {
    super(`The checkpoint of the read models is not at ${expected}: another projector moved it.`);
  }
}

/** 0 where nothing was folded yet */
export async function readCheckpoint(database: SqlExecutor): Promise<bigint> {
  const [row] = await database.query<{ position: string | null }>(`SELECT ${CHECKPOINT} AS position`);
  return BigInt(row?.position ?? 0);
}

/**
 * Moves the checkpoint and holds its row until the transaction ends, so that two projectors cannot apply the same event.
 * Throws a CheckpointMovedError unless it stands at `from`.
 */
export async function moveCheckpoint(transaction: SqlExecutor, from: bigint, to: bigint): Promise<void> {
  const moved = await transaction.query(
    `INSERT INTO projection_checkpoints AS held (projection, position)
     SELECT $1::text, $3::bigint
     WHERE $2::bigint = 0 OR EXISTS (SELECT FROM projection_checkpoints WHERE projection = $1)
     ON CONFLICT (projection) DO UPDATE SET position = excluded.position, updated_at = now()
     WHERE held.position = $2::bigint
     RETURNING position`,
    [READ_MODELS, from, to],
  );
  if (moved.length === 0) throw new CheckpointMovedError(from);
}
