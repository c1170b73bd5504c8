import type { DomainEvent } from '#domain';
import type { SqlDatabase, SqlExecutor } from '#platform';
import { DEFAULT_TENANT } from '../names.js';

/** Where an event is that somebody has to do something for later. */
export interface Opening {
  readonly stream: string;
  readonly version: number;
}

/** Openings of the log after what was noted, up to a position. */
export interface Openings {
  readonly upTo: bigint;
  readonly openings: readonly Opening[];
}

/** positions looked through at once */
const WINDOW = 2_000;

/** Which process looks through the log for events of some types, and how far it has noted them: one row of a table. */
export abstract class LogWatch {
  constructor(
    protected readonly db: SqlDatabase,
    private readonly table: 'execution_watch' | 'outcome_watch',
    private readonly types: readonly DomainEvent['type'][],
  ) {}

  /** Whether this process watches, for another while: one does at a time, by the clock of the database. */
  async watch(holder: string, leaseMs: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE ${this.table} SET holder = $1, ends_at = clock_timestamp() + $2 * interval '1 ms'
       WHERE holder = $1 OR ends_at <= clock_timestamp() RETURNING 1 AS held`,
      [holder, leaseMs],
    );
    return rows.length > 0;
  }

  /** Another may watch at once. */
  async release(holder: string): Promise<void> {
    await this.db.query(`UPDATE ${this.table} SET ends_at = clock_timestamp(), holder = NULL WHERE holder = $1`, [
      holder,
    ]);
  }

  async openings(): Promise<Openings> {
    const [end] = await this.db.query<{ from: string; to: string }>(
      `SELECT w.position::text AS "from", least(w.position + $1, s.last_position)::text AS "to"
       FROM ${this.table} w, sequencer s`,
      [WINDOW],
    );
    const [from, to] = [end?.from ?? '0', end?.to ?? '0'];
    const openings = await this.db.query<Opening>(
      `SELECT l.stream, l.version FROM log l
       JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
       WHERE l.position > $1 AND l.position <= $2 AND l.tenant = $4 AND e.type = ANY($3::text[]) ORDER BY l.position`,
      [from, to, this.types, DEFAULT_TENANT],
    );
    return { upTo: BigInt(to), openings };
  }

  /** Writes what was found up to a position, in the transaction that notes the position; nothing where another process watches by now. */
  protected async noteWith(
    holder: string,
    upTo: bigint,
    write: (transaction: SqlExecutor) => Promise<void>,
  ): Promise<void> {
    await this.db.transaction(async (transaction) => {
      const held = await transaction.query(
        `UPDATE ${this.table} SET position = greatest(position, $2) WHERE holder = $1 RETURNING 1 AS held`,
        [holder, upTo],
      );
      if (held.length > 0) await write(transaction);
    });
  }
}
