import type { SqlExecutor } from '#platform';

/** How far a relay has published. */
export interface RelayProgress {
  /** the last position dealt with; 0 at first */
  readonly position: bigint;
  /** messages published up to it, which is the sequence id of the last */
  readonly sequenceId: bigint;
}

export interface RelayCheckpoint {
  load(): Promise<RelayProgress>;
  /**
   * @param token of the lease under which it was published
   * @throws LeaseLostError where another one has taken the lease since
   */
  save(progress: RelayProgress, token: bigint): Promise<void>;
}

export class LeaseLostError extends Error {
  constructor(name: string) {
    super(`Another process has taken over the relay ${name}.`);
    this.name = 'LeaseLostError';
  }
}

/** In the table relay_checkpoints, beside the log; it never goes back. Fenced by the lease of the same name. */
export function createSqlRelayCheckpoint(db: SqlExecutor, name: string): RelayCheckpoint {
  return {
    async load() {
      const [row] = await db.query<{ position: string; sequence_id: string }>(
        'SELECT position::text AS position, sequence_id::text AS sequence_id FROM relay_checkpoints WHERE name = $1',
        [name],
      );
      return { position: BigInt(row?.position ?? 0), sequenceId: BigInt(row?.sequence_id ?? 0) };
    },
    async save({ position, sequenceId }, token) {
      const saved = await db.query(
        `WITH lease AS (SELECT 1 FROM relay_leases WHERE name = $1 AND token = $4 FOR SHARE)
         INSERT INTO relay_checkpoints AS c (name, position, sequence_id) SELECT $1, $2, $3 FROM lease
         ON CONFLICT (name) DO UPDATE SET updated_at = now(), position = greatest(c.position, excluded.position),
           sequence_id = greatest(c.sequence_id, excluded.sequence_id)
         RETURNING 1 AS saved`,
        [name, String(position), String(sequenceId), String(token)],
      );
      if (saved.length === 0) throw new LeaseLostError(name);
    },
  };
}
