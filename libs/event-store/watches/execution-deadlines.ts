import type { SqlDatabase } from '#platform';
import { LogWatch } from './log-watch.js';

export interface PlanDeadline {
  readonly coordinationId: string;
  readonly expiresAt: Date;
}

/** The ends of plans, and which process watches them. */
export class ExecutionDeadlines extends LogWatch {
  constructor(db: SqlDatabase) {
    super(db, 'execution_watch', ['coordination_applied', 'execution_started']);
  }

  /** Deadlines of openings, and how far the log is noted with them; nothing where another process watches by now. */
  async note(holder: string, upTo: bigint, deadlines: readonly PlanDeadline[]): Promise<void> {
    await this.noteWith(holder, upTo, async (transaction) => {
      if (deadlines.length === 0) return;
      await transaction.query(
        `INSERT INTO execution_deadlines (coordination_id, expires_at)
         SELECT DISTINCT ON (id) id, at FROM unnest($1::text[], $2::timestamptz[]) AS told (id, at)
         ON CONFLICT (coordination_id) DO UPDATE SET expires_at = excluded.expires_at`,
        [
          deadlines.map(({ coordinationId }) => coordinationId),
          deadlines.map(({ expiresAt }) => expiresAt.toISOString()),
        ],
      );
    });
  }

  /** Coordinations whose plans should have ended, the earliest first. */
  async due(now: Date, limit: number): Promise<readonly string[]> {
    const rows = await this.db.query<{ coordination_id: string }>(
      `SELECT coordination_id FROM execution_deadlines WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2`,
      [now.toISOString(), limit],
    );
    return rows.map(({ coordination_id }) => coordination_id);
  }

  /** Nobody waits for it any more. */
  async settle(coordinationId: string): Promise<void> {
    await this.db.query('DELETE FROM execution_deadlines WHERE coordination_id = $1', [coordinationId]);
  }

  /** Its plan was made longer. */
  async postpone({ coordinationId, expiresAt }: PlanDeadline): Promise<void> {
    await this.db.query('UPDATE execution_deadlines SET expires_at = $2 WHERE coordination_id = $1', [
      coordinationId,
      expiresAt.toISOString(),
    ]);
  }
}
