import type { CoordinateCommand, ReplayReport, ReplayRequest } from '#domain';
import type { SqlDatabase } from '#platform';

export type ReplayConfiguration = NonNullable<CoordinateCommand['configuration']>;

/** A job as it is stored. Positions are decimal strings, times RFC 3339. */
export interface StoredReplay {
  readonly replay_id: string;
  readonly mode: ReplayRequest['mode'];
  readonly request: ReplayRequest;
  /** what if: the stored configuration that it decides under, as it was when the replay was asked for */
  readonly configuration: ReplayConfiguration | null;
  readonly status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly after_position: string;
  readonly to_position: string;
  readonly total: number;
  readonly done_position: string;
  readonly done: number;
  readonly report: ReplayReport;
  readonly failure: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** The coordinations of a replay: completed in these positions, and within the bounds of the request. */
export interface ReplaySpan {
  readonly afterPosition: bigint;
  readonly toPosition: bigint;
  readonly request: ReplayRequest;
}

export interface NewReplay extends ReplaySpan {
  readonly actor: string;
  readonly configuration: ReplayConfiguration | null;
  readonly total: number;
  readonly report: ReplayReport;
}

/** How far a job is. */
export interface ReplayProgress {
  readonly donePosition: bigint;
  readonly done: number;
  readonly report: ReplayReport;
}

/** The recorded events of a coordination, as text. */
export interface RecordedCoordination {
  readonly coordinationId: string;
  /** of the completed event */
  readonly position: bigint;
  readonly requested: string;
  readonly completed: string;
  /** whether both events, and the chain between them, are what was hashed when they were appended */
  readonly intact: boolean;
}

const COLUMNS = `replay_id, mode, request, configuration, status, after_position::text, to_position::text, total, done_position::text, done,
  report, failure, event_time(created_at) AS created_at, event_time(started_at) AS started_at,
  event_time(finished_at) AS finished_at`;

const SPAN = `l.position > $1 AND l.position <= $2 AND e.type = 'coordination_completed'
  AND ($3::timestamptz IS NULL OR e.recorded_at >= $3) AND ($4::timestamptz IS NULL OR e.recorded_at < $4)
  AND ($5::text IS NULL OR e.data::json->>'portfolio_id' = $5)`;
const COMPLETED = 'log l JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version';

/** Jobs that decide again, and what they read. A job belongs to whoever holds its lease. */
export class ReplayStore {
  constructor(private readonly db: SqlDatabase) {}

  async count(span: ReplaySpan): Promise<number> {
    const [row] = await this.db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${COMPLETED} WHERE ${SPAN}`,
      spanParameters(span),
    );
    return row?.n ?? 0;
  }

  /** The next coordinations after a position, in the order of the log. */
  async coordinations(span: ReplaySpan, limit: number): Promise<readonly RecordedCoordination[]> {
    const rows = await this.db.query<RecordedRow>(
      `SELECT l.position::text, e.stream, r.data AS requested, e.data AS completed,
         r.hash = ${hashOf('r', "''::bytea")} AND e.hash = ${hashOf('e', 'r.hash')} AS intact
       FROM ${COMPLETED} JOIN events r ON r.tenant = e.tenant AND r.stream = e.stream AND r.version = 1
       WHERE ${SPAN} ORDER BY l.position LIMIT $6`,
      [...spanParameters(span), limit],
    );
    return rows.map((row) => ({
      coordinationId: row.stream.slice('coordination-'.length),
      position: BigInt(row.position),
      requested: row.requested,
      completed: row.completed,
      intact: row.intact,
    }));
  }

  async create({ actor, configuration, total, report, ...span }: NewReplay): Promise<StoredReplay> {
    const [row] = await this.db.query<StoredReplay>(
      `INSERT INTO replays (mode, request, actor, after_position, to_position, done_position, total, report, configuration)
       VALUES ($1, $2, $3, $4, $5, $4, $6, $7, $8) RETURNING ${COLUMNS}`,
      [
        span.request.mode,
        JSON.stringify(span.request),
        actor,
        span.afterPosition,
        span.toPosition,
        total,
        JSON.stringify(report),
        configuration === null ? null : JSON.stringify(configuration),
      ],
    );
    if (row === undefined) throw new Error('an insert that returned no row');
    return row;
  }

  async find(replayId: string): Promise<StoredReplay | null> {
    const [row] = await this.db.query<StoredReplay>(`SELECT ${COLUMNS} FROM replays WHERE replay_id::text = $1`, [
      replayId,
    ]);
    return row ?? null;
  }

  /** The newest first. */
  list(limit: number): Promise<StoredReplay[]> {
    return this.db.query(`SELECT ${COLUMNS} FROM replays ORDER BY created_at DESC, replay_id LIMIT $1`, [limit]);
  }

  /** The oldest job that nobody works on, from now on the caller's for as long as it renews its lease. */
  async claim(owner: string, leaseMs: number): Promise<StoredReplay | null> {
    const [row] = await this.db.query<StoredReplay>(
      `UPDATE replays SET status = 'RUNNING', owner = $1, lease_until = now() + $2 * interval '1 millisecond',
         started_at = coalesce(started_at, now()), updated_at = now()
       WHERE replay_id = (
         SELECT replay_id FROM replays
         WHERE status = 'QUEUED' OR (status = 'RUNNING' AND (lease_until IS NULL OR lease_until < now()))
         ORDER BY created_at, replay_id LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING ${COLUMNS}`,
      [owner, leaseMs],
    );
    return row ?? null;
  }

  /** Writes progress and renews the lease. False where the job is no longer the caller's, or was cancelled. */
  async advance(replayId: string, owner: string, progress: ReplayProgress, leaseMs: number): Promise<boolean> {
    const rows = await this.db.query(
      `UPDATE replays SET done_position = $3, done = $4, report = $5, updated_at = now(),
         lease_until = now() + $6 * interval '1 millisecond'
       WHERE replay_id::text = $1 AND owner::text = $2 AND status = 'RUNNING' RETURNING 1`,
      [replayId, owner, progress.donePosition, progress.done, JSON.stringify(progress.report), leaseMs],
    );
    return rows.length === 1;
  }

  async renew(replayId: string, owner: string, leaseMs: number): Promise<void> {
    await this.db.query(
      `UPDATE replays SET lease_until = now() + $3 * interval '1 millisecond'
       WHERE replay_id::text = $1 AND owner::text = $2 AND status = 'RUNNING'`,
      [replayId, owner, leaseMs],
    );
  }

  /** Ends a job of the caller's. */
  async finish(replayId: string, owner: string, status: 'COMPLETED' | 'FAILED', failure?: string): Promise<void> {
    await this.db.query(
      `UPDATE replays SET status = $3, failure = $4, owner = NULL, lease_until = NULL, finished_at = now(), updated_at = now()
       WHERE replay_id::text = $1 AND owner::text = $2 AND status = 'RUNNING'`,
      [replayId, owner, status, failure ?? null],
    );
  }

  /** Lets others have the jobs of a process that ends. */
  async giveBack(owner: string): Promise<void> {
    await this.db.query(
      `UPDATE replays SET owner = NULL, lease_until = NULL WHERE owner::text = $1 AND status = 'RUNNING'`,
      [owner],
    );
  }

  /** Null where there is no such job; one that has ended stays as it ended. */
  async cancel(replayId: string): Promise<StoredReplay | null> {
    await this.db.query(
      `UPDATE replays SET status = 'CANCELLED', owner = NULL, lease_until = NULL, finished_at = now(), updated_at = now()
       WHERE replay_id::text = $1 AND status IN ('QUEUED', 'RUNNING')`,
      [replayId],
    );
    return this.find(replayId);
  }
}

interface RecordedRow {
  readonly position: string;
  readonly stream: string;
  readonly requested: string;
  readonly completed: string;
  readonly intact: boolean;
}

function spanParameters({ afterPosition, toPosition, request: { range = {} } }: ReplaySpan): unknown[] {
  return [afterPosition, toPosition, range.from ?? null, range.to ?? null, range.portfolio_id ?? null];
}

const hashOf = (event: string, previous: string): string =>
  `event_hash(${previous}, ${['tenant', 'stream', 'version', 'id', 'type', 'schema_version'].map((c) => `${event}.${c}`).join(', ')},
     event_time(${event}.recorded_at), ${event}.metadata, ${event}.data)`;
