import type { RecordedEvent } from '#domain';
import type { SqlExecutor } from '#platform';

/** The projection that writes every table. */
const READ_MODELS = 'read-models';

/** An event that was not folded: it failed itself, or an earlier one of its stream did and it waits. */
export interface DeadLetter {
  readonly position: bigint;
  readonly eventId: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly reason: 'FAILED' | 'HELD';
  readonly error: string;
  readonly attempts: number;
}

/** A letter as it is stored. */
export interface ParkedEvent extends DeadLetter {
  /** RFC 3339 */
  readonly parkedAt: string;
}

const ERROR_CHARACTERS_MAX = 2_000;

export function deadLetter(
  event: RecordedEvent,
  outcome: Pick<DeadLetter, 'reason' | 'error' | 'attempts'>,
): DeadLetter {
  const { position, id, stream, version, type } = event;
  return { position, eventId: id, stream, version, type, ...outcome };
}

export async function insertDeadLetters(transaction: SqlExecutor, letters: readonly DeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  const column = (of: (letter: DeadLetter) => unknown): unknown[] => letters.map(of);
  await transaction.query(
    `INSERT INTO projection_dead_letters
       (projection, position, event_id, stream, version, type, reason, error, attempts)
     SELECT $1, * FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[],
                              $9::integer[])
     ON CONFLICT (projection, position) DO UPDATE
       SET reason = excluded.reason, error = excluded.error, attempts = excluded.attempts`,
    [
      READ_MODELS,
      column((letter) => letter.position),
      column((letter) => letter.eventId),
      column((letter) => letter.stream),
      column((letter) => letter.version),
      column((letter) => letter.type),
      column((letter) => letter.reason),
      column((letter) => textOf(letter.error)),
      column((letter) => letter.attempts),
    ],
  );
}

/** In the order of the log. */
export async function readDeadLetters(database: SqlExecutor): Promise<readonly ParkedEvent[]> {
  const rows = await database.query<Omit<ParkedEvent, 'position'> & { position: string }>(
    `SELECT position::text AS position, event_id::text AS "eventId", stream, version, type, reason, error, attempts,
            to_char(parked_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "parkedAt"
     FROM projection_dead_letters WHERE projection = $1 ORDER BY projection_dead_letters.position`,
    [READ_MODELS],
  );
  return rows.map((row) => ({ ...row, position: BigInt(row.position) }));
}

/** Gives whether it was there. */
export async function deleteDeadLetter(transaction: SqlExecutor, position: bigint): Promise<boolean> {
  const deleted = await transaction.query(
    'DELETE FROM projection_dead_letters WHERE projection = $1 AND position = $2 RETURNING position',
    [READ_MODELS, position],
  );
  return deleted.length > 0;
}

/** Tells what happened when it was tried once more. */
export async function noteFailedRetry(database: SqlExecutor, position: bigint, error: string): Promise<void> {
  await database.query(
    `UPDATE projection_dead_letters SET attempts = attempts + 1, error = $3, reason = 'FAILED'
     WHERE projection = $1 AND position = $2`,
    [READ_MODELS, position, textOf(error)],
  );
}

/** Postgres has no text with a zero character. */
const textOf = (error: string): string => error.replaceAll('\u0000', '').slice(0, ERROR_CHARACTERS_MAX);
