import { asSqlFailure, type SqlDatabase } from '#platform';
import type { VersionComparison } from './read-model-versions.js';

/**
 * LOADING: the log is folded into the other version. COMPARING: its rows are compared with the live ones. SWITCHING: it is
 * about to take their place. The rest are ends: DIFFERENT did not switch because the rows differ, FAILED says why.
 */
export type RebuildState = 'LOADING' | 'COMPARING' | 'SWITCHING' | 'DONE' | 'DIFFERENT' | 'FAILED' | 'CANCELLED';

const RUNNING: readonly RebuildState[] = ['LOADING', 'COMPARING', 'SWITCHING'];

export const SWITCH_POLICIES = ['if_equal', 'always', 'never'] as const;
export type SwitchPolicy = (typeof SWITCH_POLICIES)[number];

export interface RebuildJob {
  readonly id: string;
  /** ROLLBACK brings the former version up to date and puts it back, without a comparison */
  readonly kind: 'REBUILD' | 'ROLLBACK';
  readonly version: number;
  readonly switch: SwitchPolicy;
  readonly state: RebuildState;
  /** how far the log is folded into the version, and where the log ended at that time */
  readonly position: bigint;
  readonly target: bigint;
  /** of the last batches; null before the first */
  readonly eventsPerSecond: number | null;
  readonly cancelRequested: boolean;
  readonly comparison: VersionComparison | null;
  readonly error: string | null;
  /** the process that works on it */
  readonly owner: string | null;
  /** RFC 3339 */
  readonly requestedAt: string;
  readonly finishedAt: string | null;
}

export const isRunning = ({ state }: Pick<RebuildJob, 'state'>): boolean => RUNNING.includes(state);

export interface RebuildProgress {
  readonly state?: RebuildState;
  readonly position?: bigint;
  readonly target?: bigint;
  readonly eventsPerSecond?: number;
  readonly comparison?: VersionComparison;
  readonly error?: string;
}

type JobRow = Omit<RebuildJob, 'position' | 'target'> & { readonly position: string; readonly target: string };

const COLUMNS = `id::text AS id, kind, version, switch, state, position::text AS position, target::text AS target,
  events_per_second AS "eventsPerSecond", cancel_requested AS "cancelRequested", comparison, error, owner,
  to_char(requested_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "requestedAt",
  to_char(finished_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "finishedAt"`;

const STILL_RUNNING = `state IN (${RUNNING.map((state) => `'${state}'`).join(', ')})`;

/** The jobs that build a version or go back to one: a table that any projector process takes them from. */
export class RebuildJobs {
  constructor(private readonly database: SqlDatabase) {}

  /** null where one is running: there is one at a time */
  async request(kind: RebuildJob['kind'], version: number, policy: SwitchPolicy): Promise<RebuildJob | null> {
    try {
      const rows = await this.database.query<JobRow>(
        `INSERT INTO projection_rebuilds (kind, version, switch, state) VALUES ($1, $2, $3, 'LOADING') RETURNING ${COLUMNS}`,
        [kind, version, policy],
      );
      return first(rows);
    } catch (error) {
      if (asSqlFailure(error)?.constraint === 'projection_rebuilds_running') return null;
      throw error;
    }
  }

  async find(id: string): Promise<RebuildJob | null> {
    return first(await this.database.query<JobRow>(`SELECT ${COLUMNS} FROM projection_rebuilds WHERE id = $1`, [id]));
  }

  /** The running one, or the one that ended last. */
  async latest(): Promise<RebuildJob | null> {
    return first(
      await this.database.query<JobRow>(
        `SELECT ${COLUMNS} FROM projection_rebuilds ORDER BY projection_rebuilds.id DESC LIMIT 1`,
      ),
    );
  }

  /** The running job, where it is the process's or nobody works on it; says that the process goes on working on it. */
  async claim(owner: string, leaseMs: number): Promise<RebuildJob | null> {
    return first(
      await this.database.query<JobRow>(
        `UPDATE projection_rebuilds SET owner = $1, expires_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
         WHERE ${STILL_RUNNING} AND (owner IS NULL OR owner = $1 OR expires_at <= clock_timestamp())
         RETURNING ${COLUMNS}`,
        [owner, leaseMs],
      ),
    );
  }

  /** Gives whether the job was still the process's and running. */
  async progress(id: string, owner: string, progress: RebuildProgress): Promise<boolean> {
    const { state, position, target, eventsPerSecond, comparison, error } = progress;
    const rows = await this.database.query(
      `UPDATE projection_rebuilds
       SET state = coalesce($3, state), position = coalesce($4, position), target = coalesce($5, target),
           events_per_second = coalesce($6, events_per_second), comparison = coalesce($7::json, comparison),
           error = coalesce($8, error), finished_at = CASE WHEN $9::boolean THEN now() END
       WHERE id = $1 AND owner = $2 AND ${STILL_RUNNING} RETURNING id`,
      [
        id,
        owner,
        state,
        position,
        target,
        eventsPerSecond,
        comparison,
        error,
        state !== undefined && !isRunning({ state }),
      ],
    );
    return rows.length > 0;
  }

  /** The process stops working on it: another one may go on at once. */
  async release(owner: string): Promise<void> {
    await this.database.query(`UPDATE projection_rebuilds SET owner = NULL, expires_at = NULL WHERE owner = $1`, [
      owner,
    ]);
  }

  /** Whoever works on it ends it. Null where it is not running. */
  async requestCancel(id: string): Promise<RebuildJob | null> {
    return first(
      await this.database.query<JobRow>(
        `UPDATE projection_rebuilds SET cancel_requested = true WHERE id = $1 AND ${STILL_RUNNING} RETURNING ${COLUMNS}`,
        [id],
      ),
    );
  }
}

function first(rows: readonly JobRow[]): RebuildJob | null {
  const [row] = rows;
  return row === undefined ? null : { ...row, position: BigInt(row.position), target: BigInt(row.target) };
}
