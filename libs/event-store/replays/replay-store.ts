import type { CoordinateCommand, ReplayReport, ReplayRequest } from '#domain';
import type { SqlDatabase } from '#platform';
import { type ArchivedEvents, NO_ARCHIVE } from '../store-options.js';

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
  AND ($3::timestamptz IS NULL OR e.recorded_at >= $3) AND ($4::timestamptz IS NULL OR e.recorded_at < $4)`;
// of an archived event the table does not know the portfolio: it is looked up
const OF_PORTFOLIO = `($5::text IS NULL OR e.data IS NULL OR e.data::json->>'portfolio_id' = $5)`;
const COMPLETED = 'log l JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version';

/** Jobs that decide again, and what they read. A job belongs to whoever holds its lease. */
export class ReplayStore {
  constructor(
    private readonly db: SqlDatabase,
    private readonly archive: ArchivedEvents = NO_ARCHIVE,
  ) {}

  async count(span: ReplaySpan): Promise<number> {
    const archivedToo = span.request.range?.portfolio_id === undefined;
    const [row] = await this.db.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${COMPLETED} WHERE ${SPAN} AND ${OF_PORTFOLIO} AND ($6 OR e.data IS NOT NULL)`,
      [...spanParameters(span), archivedToo],
    );
    return (row?.n ?? 0) + (archivedToo ? 0 : await this.countArchived(span));
  }

  /** Those of one portfolio among the archived ones, whose portfolio only the files tell. */
  private async countArchived(span: ReplaySpan): Promise<number> {
    for (let [count, after] = [0, span.afterPosition]; ;) {
      const positions = await this.db.query<{ position: string }>(
        `SELECT l.position::text FROM ${COMPLETED} WHERE ${SPAN} AND $5::text IS NOT NULL AND e.data IS NULL
         ORDER BY l.position LIMIT $6`,
        [...spanParameters({ ...span, afterPosition: after }), ARCHIVED_BATCH],
      );
      const last = positions.at(-1);
      if (last === undefined) return count;
      const texts = await this.archive.read(positions.map(({ position }) => Number(position)));
      for (const { data } of texts.values()) if (isOf(span, data)) count += 1;
      after = BigInt(last.position);
    }
  }

  /** The next coordinations after a position, in the order of the log. */
  async coordinations(span: ReplaySpan, limit: number): Promise<readonly RecordedCoordination[]> {
    const found: RecordedCoordination[] = [];
    for (let after = span.afterPosition; found.length < limit;) {
      const rows = await this.readWindow({ ...span, afterPosition: after }, limit);
      const last = rows.at(-1);
      if (last === undefined) break;
      found.push(...(await this.recorded(span, rows)));
      if (rows.length < limit) break;
      after = BigInt(last.position);
    }
    return found.slice(0, limit);
  }

  private readWindow(span: ReplaySpan, limit: number): Promise<RecordedRow[]> {
    return this.db.query<RecordedRow>(
      `SELECT l.position::text, m.position::text AS requested_position, e.stream, r.data AS requested, e.data AS completed,
         coalesce(r.hash = ${hashOf('r', "''::bytea")}, true) AND coalesce(e.hash = ${hashOf('e', 'r.hash')}, true) AS intact
       FROM ${COMPLETED} JOIN events r ON r.tenant = e.tenant AND r.stream = e.stream AND r.version = 1
         JOIN log m ON m.tenant = r.tenant AND m.stream = r.stream AND m.version = 1
       WHERE ${SPAN} AND ${OF_PORTFOLIO} ORDER BY l.position LIMIT $6`,
      [...spanParameters(span), limit],
    );
  }

  /** What the archive gives has the hashes that were stored: it is intact, or not given. */
  private async recorded(span: ReplaySpan, rows: readonly RecordedRow[]): Promise<RecordedCoordination[]> {
    const archived = rows.flatMap(({ position, completed, requested, requested_position }) => [
      ...(completed === null ? [Number(position)] : []),
      ...(requested === null ? [Number(requested_position)] : []),
    ]);
    const texts = archived.length === 0 ? null : await this.archive.read(archived);
    return rows.flatMap(({ position, requested_position, stream, intact, ...row }) => {
      const completed = row.completed ?? texts?.get(Number(position))?.data;
      const requested = row.requested ?? texts?.get(Number(requested_position))?.data;
      if (completed === undefined || requested === undefined) throw new Error(`Position ${position} has no texts.`);
      if (row.completed === null && !isOf(span, completed)) return [];
      const coordinationId = stream.slice('coordination-'.length);
      return [{ coordinationId, position: BigInt(position), requested, completed, intact }];
    });
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
  readonly requested_position: string;
  readonly stream: string;
  /** null, as completed is, where the event was archived */
  readonly requested: string | null;
  readonly completed: string | null;
  readonly intact: boolean;
}

/** read at a time, where archived events are looked through */
const ARCHIVED_BATCH = 500;

/** Whether a completed coordination is of the portfolio that is asked for, where one is. */
function isOf({ request: { range = {} } }: ReplaySpan, completed: string): boolean {
  if (range.portfolio_id === undefined) return true;
  return (JSON.parse(completed) as { portfolio_id?: unknown }).portfolio_id === range.portfolio_id;
}

function spanParameters({ afterPosition, toPosition, request: { range = {} } }: ReplaySpan): unknown[] {
  return [afterPosition, toPosition, range.from ?? null, range.to ?? null, range.portfolio_id ?? null];
}

const hashOf = (event: string, previous: string): string =>
  `event_hash(${previous}, ${['tenant', 'stream', 'version', 'id', 'type', 'schema_version'].map((c) => `${event}.${c}`).join(', ')},
     event_time(${event}.recorded_at), ${event}.metadata, ${event}.data)`;
