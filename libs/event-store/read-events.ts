import type { DomainEvent, EventMetadata, RecordedEvent } from '#domain';
import type { SqlExecutor } from '#platform';

import type { ReadStreamOptions } from './event-store.js';

interface EventRow {
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly data: string;
  readonly metadata: string;
  readonly recorded_at: string;
  readonly position: string | null;
}

const COLUMNS = `e.stream, e.version, e.id::text AS id, e.type, e.schema_version, e.data, e.metadata,
  to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS recorded_at, l.position::text AS position`;

export async function readLogEvents(db: SqlExecutor, after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
  const rows = await db.query<EventRow>(
    `SELECT ${COLUMNS} FROM log l JOIN events e ON e.stream = l.stream AND e.version = l.version
     WHERE l.position > $1 ORDER BY l.position LIMIT $2`,
    [after, limit],
  );
  return rows.map(recordedEvent);
}

/** null where an event of the answer is committed and has no position yet */
export async function readStreamEvents(
  db: SqlExecutor,
  stream: string,
  options: ReadStreamOptions,
): Promise<readonly RecordedEvent[] | null> {
  const { fromVersion, limit, direction = 'FORWARDS' } = options;
  const [comparison, order] = direction === 'FORWARDS' ? ['>=', 'ASC'] : ['<=', 'DESC'];
  const rows = await db.query<EventRow>(
    `SELECT ${COLUMNS} FROM events e LEFT JOIN log l ON l.stream = e.stream AND l.version = e.version
     WHERE e.stream = $1 AND ($2::int IS NULL OR e.version ${comparison} $2) ORDER BY e.version ${order} LIMIT $3`,
    [stream, fromVersion, limit],
  );
  return rows.some((row) => row.position === null) ? null : rows.map(recordedEvent);
}

function recordedEvent(row: EventRow): RecordedEvent {
  const event = {
    id: row.id,
    stream: row.stream,
    version: row.version,
    position: BigInt(row.position ?? 0),
    type: row.type,
    schemaVersion: row.schema_version,
    data: JSON.parse(row.data) as DomainEvent['data'],
    metadata: JSON.parse(row.metadata) as EventMetadata,
    recordedAt: row.recorded_at,
  };
  // type and data were checked together when they were appended
  return event as RecordedEvent;
}
