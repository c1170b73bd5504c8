import { knownSchemaVersion, upcast } from '#contracts';
import type { EventMetadata, RecordedEvent } from '#domain';
import { OperatorError, type SqlExecutor } from '#platform';

import type { ReadStreamOptions } from './event-store.js';
import { DEFAULT_TENANT } from './names.js';

interface EventRow {
  readonly tenant: string;
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

const COLUMNS = `e.tenant, e.stream, e.version, e.id::text AS id, e.type, e.schema_version, e.data, e.metadata,
  event_time(e.recorded_at) AS recorded_at, l.position::text AS position`;

export async function readLogEvents(db: SqlExecutor, after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
  const rows = await db.query<EventRow>(
    `SELECT ${COLUMNS} FROM log l JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
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
  const { tenant = DEFAULT_TENANT, fromVersion, limit, direction = 'FORWARDS' } = options;
  const [comparison, order] = direction === 'FORWARDS' ? ['>=', 'ASC'] : ['<=', 'DESC'];
  const rows = await db.query<EventRow>(
    `SELECT ${COLUMNS} FROM events e LEFT JOIN log l ON l.tenant = e.tenant AND l.stream = e.stream AND l.version = e.version
     WHERE e.tenant = $4 AND e.stream = $1 AND ($2::int IS NULL OR e.version ${comparison} $2) ORDER BY e.version ${order} LIMIT $3`,
    [stream, fromVersion, limit, tenant],
  );
  return rows.some((row) => row.position === null) ? null : rows.map(recordedEvent);
}

/** An event that a newer program wrote. Nothing is skipped: who reads the log stops before it. */
export class UnknownEventError extends OperatorError {
  constructor(
    readonly event: RecordedEvent,
    /** the newest version of its type that this program knows */
    readonly known: number | null,
  ) {
    const { stream, version, position, type, schemaVersion } = event;
    const knows = known === null ? 'not at all' : `up to version ${known}`;
    super(
      `Position ${position} (${stream} version ${version}) holds ${type} in schema version ${schemaVersion}, which this program knows ${knows}: it reads no further. Start the newer program that wrote it.`,
    );
  }
}

/** Whatever version wrote it, as the current code knows it. @throws UnknownEventError */
function recordedEvent(row: EventRow): RecordedEvent {
  const event = upcast({
    id: row.id,
    ...(row.tenant === DEFAULT_TENANT ? {} : { tenant: row.tenant }),
    stream: row.stream,
    version: row.version,
    position: BigInt(row.position ?? 0),
    type: row.type,
    schemaVersion: row.schema_version,
    data: JSON.parse(row.data) as unknown,
    metadata: JSON.parse(row.metadata) as EventMetadata,
    recordedAt: row.recorded_at,
  });
  const known = knownSchemaVersion(event.type);
  if (known !== event.schemaVersion) throw new UnknownEventError(event, known);
  return event;
}
