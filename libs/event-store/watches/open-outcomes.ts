import type { SqlDatabase } from '#platform';
import { LogWatch } from './log-watch.js';

/** When to look at a coordination again for what came of it. Days as YYYY-MM-DD, of market data. */
export interface OpenOutcome {
  readonly coordinationId: string;
  readonly decidedOn: string;
  readonly dueOn: string;
  readonly settlesOn: string;
}

/** Coordinations whose outcomes are still to be told, and which process watches them. */
export class OpenOutcomes extends LogWatch {
  constructor(db: SqlDatabase) {
    super(db, 'outcome_watch', ['coordination_completed']);
  }

  /** What was found in the log up to a position; nothing where another process watches by now. */
  async note(holder: string, upTo: bigint, found: readonly OpenOutcome[]): Promise<void> {
    await this.noteWith(holder, upTo, async (transaction) => {
      if (found.length === 0) return;
      await transaction.query(
        `INSERT INTO open_outcomes (coordination_id, decided_on, due_on, settles_on)
         SELECT * FROM unnest($1::text[], $2::date[], $3::date[], $4::date[])
         ON CONFLICT (coordination_id) DO NOTHING`,
        [
          found.map(({ coordinationId }) => coordinationId),
          found.map(({ decidedOn }) => decidedOn),
          found.map(({ dueOn }) => dueOn),
          found.map(({ settlesOn }) => settlesOn),
        ],
      );
    });
  }

  /** Those to look at with bars up to a day, the first decided first. */
  async due(day: string, limit: number): Promise<readonly OpenOutcome[]> {
    const rows = await this.db.query<Record<keyof OpenOutcome, string>>(
      `SELECT coordination_id AS "coordinationId", decided_on::text AS "decidedOn", due_on::text AS "dueOn",
              settles_on::text AS "settlesOn"
       FROM open_outcomes WHERE due_on <= $1 ORDER BY decided_on, coordination_id LIMIT $2`,
      [day, limit],
    );
    return rows;
  }

  /** How many wait, for bars or for somebody to look at them. */
  async count(): Promise<number> {
    const [row] = await this.db.query<{ count: number }>('SELECT count(*)::int AS count FROM open_outcomes');
    return row?.count ?? 0;
  }

  async postpone(coordinationId: string, dueOn: string, settlesOn: string): Promise<void> {
    await this.db.query('UPDATE open_outcomes SET due_on = $2, settles_on = $3 WHERE coordination_id = $1', [
      coordinationId,
      dueOn,
      settlesOn,
    ]);
  }

  /** Nothing more is told of it by market data. */
  async settle(coordinationId: string): Promise<void> {
    await this.db.query('DELETE FROM open_outcomes WHERE coordination_id = $1', [coordinationId]);
  }

  /** Bars from one day to another were revised: those whose outcomes they may have a part in are looked at again. */
  async reopen(from: string, to: string): Promise<number> {
    const rows = await this.db.query(
      `UPDATE open_outcomes SET due_on = decided_on WHERE decided_on <= $2 AND settles_on >= $1 RETURNING 1 AS reopened`,
      [from, to],
    );
    return rows.length;
  }
}
