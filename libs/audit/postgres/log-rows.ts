import type { SqlExecutor } from '#platform';
import { type AuditedEvent, nameOf } from '../audited-event.js';
import { type ArchivedTexts, ArchiveUnreadableError, type EventArchive } from '../archive/event-archive.js';
import { auditFault, type AuditFault } from '../fault.js';

interface LogRow {
  readonly position: string;
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly log_hash: Buffer;
  /** null where the log names an event that is not there */
  readonly id: string | null;
  readonly type: string;
  readonly schema_version: number;
  readonly recorded_at: string;
  /** null, as data is, where the event was moved to a file */
  readonly metadata: string | null;
  readonly data: string | null;
  readonly hash: Buffer;
  readonly previous: Buffer | null;
}

const EVENTS_SQL = `SELECT l.position::text AS position, l.tenant, l.stream, l.version, l.hash AS log_hash,
    e.id::text AS id, e.type, e.schema_version, e.metadata, e.data, e.hash, p.hash AS previous,
    CASE WHEN e.recorded_at = date_trunc('milliseconds', e.recorded_at) THEN event_time(e.recorded_at)
      ELSE e.recorded_at::text END AS recorded_at
  FROM log l
  LEFT JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
  LEFT JOIN events p ON p.tenant = l.tenant AND p.stream = l.stream AND p.version = l.version - 1`;

/** Events after a position, or what is wrong with the first that is not there. */
export async function readAuditedEvents(
  db: SqlExecutor,
  archive: EventArchive,
  after: number,
  to: number,
  limit: number,
): Promise<readonly (AuditedEvent | AuditFault)[]> {
  const rows = await db.query<LogRow>(
    `${EVENTS_SQL} WHERE l.position > $1 AND l.position <= $2 ORDER BY l.position LIMIT $3`,
    [after, to, limit],
  );
  return auditedEvents(rows, archive);
}

/** Events of a stream that have a position. */
export async function readAuditedStream(
  db: SqlExecutor,
  archive: EventArchive,
  tenant: string,
  stream: string,
): Promise<readonly (AuditedEvent | AuditFault)[]> {
  const rows = await db.query<LogRow>(`${EVENTS_SQL} WHERE l.tenant = $1 AND l.stream = $2 ORDER BY l.version`, [
    tenant,
    stream,
  ]);
  return auditedEvents(rows, archive);
}

/** Those before one that the archive cannot give are given, and then what is wrong with it. */
async function auditedEvents(
  rows: readonly LogRow[],
  archive: EventArchive,
): Promise<readonly (AuditedEvent | AuditFault)[]> {
  const archived = rows.filter((row) => row.id !== null && row.data === null).map((row) => Number(row.position));
  try {
    const texts = await archive.readFiles(archived);
    return rows.map((row) => auditedEvent(row, texts.get(Number(row.position))));
  } catch (error) {
    if (!(error instanceof ArchiveUnreadableError)) throw error;
    const { position, message } = error;
    const before = rows.filter((row) => Number(row.position) < position);
    const fault = auditFault('ARCHIVE_UNREADABLE', message, { position });
    return [...(before.length === 0 ? [] : await auditedEvents(before, archive)), fault];
  }
}

function auditedEvent(row: LogRow, archived: ArchivedTexts | undefined): AuditedEvent | AuditFault {
  const place = { position: Number(row.position), tenant: row.tenant, stream: row.stream, version: row.version };
  if (row.id === null) {
    const message = `The log has ${nameOf(place)} at position ${row.position}, and that event is not there.`;
    return auditFault('EVENT_MISSING', message, place);
  }
  return {
    ...place,
    id: row.id,
    type: row.type,
    schemaVersion: row.schema_version,
    recordedAt: row.recorded_at,
    metadata: row.metadata ?? archived?.metadata ?? '',
    data: row.data ?? archived?.data ?? '',
    hash: row.hash,
    logHash: row.log_hash,
    previous: row.previous,
  };
}

/** The end of the log as the sequencer wrote it down, and as the log itself has it. */
export async function readLogEnd(
  db: SqlExecutor,
): Promise<{ readonly last: number; readonly lastHash: Buffer; readonly greatest: number }> {
  const [row] = await db.query<{ last: string; last_hash: Buffer; greatest: string }>(
    `SELECT last_position::text AS last, last_hash, (SELECT coalesce(max(position), 0) FROM log)::text AS greatest FROM sequencer`,
  );
  if (row === undefined) throw new Error('The sequencer has no row.');
  return { last: Number(row.last), lastHash: row.last_hash, greatest: Number(row.greatest) };
}

/** An event that neither the log nor a ticket knows; null where there is none. Reads all keys. */
export async function findUnlistedEvent(db: SqlExecutor): Promise<AuditFault | null> {
  const [row] = await db.query<{ tenant: string; stream: string; version: number }>(
    `SELECT e.tenant, e.stream, e.version FROM events e
     WHERE NOT EXISTS (SELECT FROM log l WHERE l.tenant = e.tenant AND l.stream = e.stream AND l.version = e.version)
       AND NOT EXISTS (SELECT FROM pending p WHERE p.tenant = e.tenant AND p.stream = e.stream
         AND e.version BETWEEN p.from_version AND p.to_version)
     ORDER BY e.tenant, e.stream, e.version LIMIT 1`,
  );
  if (row === undefined) return null;
  return auditFault(
    'EVENT_UNLISTED',
    `${nameOf(row)} is stored, but was never appended: the log does not have it.`,
    row,
  );
}

export async function readOrigin(db: SqlExecutor): Promise<string> {
  const [row] = await db.query<{ origin: string }>('SELECT origin FROM log_origin');
  if (row === undefined) throw new Error('The log has no origin.');
  return row.origin;
}
