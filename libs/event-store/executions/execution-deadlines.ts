import type { DomainEvent } from '#domain';
import type { SqlDatabase } from '#platform';
import { DEFAULT_TENANT } from '../names.js';

/** Where an event is that makes somebody wait for the end of a plan. */
export interface PlanOpening {
  readonly stream: string;
  readonly version: number;
}

/** Openings of the log after what was noted, up to a position. */
export interface PlanOpenings {
  readonly upTo: bigint;
  readonly openings: readonly PlanOpening[];
}

export interface PlanDeadline {
  readonly coordinationId: string;
  readonly expiresAt: Date;
}

const OPENING: readonly DomainEvent['type'][] = ['coordination_applied', 'execution_started'];
/** positions looked through at once */
const WINDOW = 2_000;

/** The ends of plans, and which process watches them. */
export class ExecutionDeadlines {
  constructor(private readonly db: SqlDatabase) {}

  /** Whether this process watches, for another while: one does at a time, by the clock of the database. */
  async watch(holder: string, leaseMs: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE execution_watch SET holder = $1, ends_at = clock_timestamp() + $2 * interval '1 ms'
       WHERE holder = $1 OR ends_at <= clock_timestamp() RETURNING 1 AS held`,
      [holder, leaseMs],
    );
    return rows.length > 0;
  }

  /** Another may watch at once. */
  async release(holder: string): Promise<void> {
    await this.db.query(`UPDATE execution_watch SET ends_at = clock_timestamp(), holder = NULL WHERE holder = $1`, [
      holder,
    ]);
  }

  async openings(): Promise<PlanOpenings> {
    const [end] = await this.db.query<{ from: string; to: string }>(
      `SELECT w.position::text AS "from", least(w.position + $1, s.last_position)::text AS "to"
       FROM execution_watch w, sequencer s`,
      [WINDOW],
    );
    const [from, to] = [end?.from ?? '0', end?.to ?? '0'];
    const openings = await this.db.query<PlanOpening>(
      `SELECT l.stream, l.version FROM log l
       JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
       WHERE l.position > $1 AND l.position <= $2 AND l.tenant = $4 AND e.type = ANY($3::text[]) ORDER BY l.position`,
      [from, to, OPENING, DEFAULT_TENANT],
    );
    return { upTo: BigInt(to), openings };
  }

  /** Deadlines of openings, and how far the log is noted with them; nothing where another process watches by now. */
  async note(holder: string, upTo: bigint, deadlines: readonly PlanDeadline[]): Promise<void> {
    await this.db.transaction(async (transaction) => {
      const held = await transaction.query(
        `UPDATE execution_watch SET position = greatest(position, $2) WHERE holder = $1 RETURNING 1 AS held`,
        [holder, upTo],
      );
      if (held.length === 0 || deadlines.length === 0) return;
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
