import { knownSchemaVersion, upcast } from '#contracts';
import type { EventMetadata, RecordedEvent } from '#domain';
import { OperatorError, type SqlExecutor } from '#platform';

import type { ReadStreamOptions } from './event-store.js';
import { DEFAULT_TENANT } from './names.js';
import type { ArchivedEvents, EventTexts } from './store-options.js';

interface EventRow {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schema_version: number;
  /** null, as metadata is, where the event was moved to an archive */
  readonly data: string | null;
  readonly metadata: string | null;
  readonly recorded_at: string;
  readonly position: string | null;
}

const COLUMNS = `e.tenant, e.stream, e.version, e.id::text AS id, e.type, e.schema_version, e.data, e.metadata,
  event_time(e.recorded_at) AS recorded_at, l.position::text AS position`;

export async function readLogEvents(
  db: SqlExecutor,
  archive: ArchivedEvents,
  after: bigint,
  limit: number,
): Promise<readonly RecordedEvent[]> {
  const rows = await db.query<EventRow>(
    `SELECT ${COLUMNS} FROM log l JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
     WHERE l.position > $1 ORDER BY l.position LIMIT $2`,
    [after, limit],
  );
  return (await withTexts(rows, archive)).map(recordedEvent);
}

/** null where an event of the answer is committed and has no position yet */
export async function readStreamEvents(
  db: SqlExecutor,
  archive: ArchivedEvents,
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
  if (rows.some((row) => row.position === null)) return null;
  return (await withTexts(rows, archive)).map(recordedEvent);
}

/** The rows with the texts that were moved to the archive. */
async function withTexts<Row extends TextlessRow>(
  rows: readonly Row[],
  archive: ArchivedEvents,
): Promise<readonly (Row & EventTexts)[]> {
  const moved = rows.flatMap((row) => (row.data === null || row.metadata === null ? [Number(row.position)] : []));
  const texts = moved.length === 0 ? null : await archive.read(moved);
  return rows.map((row) => {
    const { metadata, data } = texts?.get(Number(row.position)) ?? row;
    if (metadata === null || data === null) throw new Error(`Position ${row.position} has no texts.`);
    return { ...row, metadata, data };
  });
}

interface TextlessRow {
  readonly position: string | null;
  readonly metadata: string | null;
  readonly data: string | null;
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
function recordedEvent(row: EventRow & EventTexts): RecordedEvent {
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
