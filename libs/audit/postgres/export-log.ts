import type { SqlExecutor } from '#platform';
import { EventArchive } from '../archive/event-archive.js';
import { type ExportEnd, type ExportHeader, type ExportLine, formatExportLine } from '../export-format.js';
import { auditFault, type AuditFault } from '../fault.js';
import { LOG_START } from '../event-hash.js';
import { subtreesOf } from '../merkle/frontier.js';
import { consistencyProof } from '../merkle/proofs.js';
import { findUnlistedEvent, readAuditedEvents, readLogEnd, readOrigin } from './log-rows.js';
import { merkleTree } from './merkle-tree.js';

export interface ExportRange {
  /** default 1 */
  readonly from?: number;
  /** default the newest event; further than that is cut to it */
  readonly to?: number;
}

const BATCH = 200;

/** The lines of an export as text; ends with a line that tells of the fault where an event cannot be exported as it is. */
export async function* exportText(
  db: SqlExecutor,
  range: ExportRange = {},
  archive?: EventArchive,
): AsyncGenerator<string> {
  for await (const line of exportLog(db, range, archive)) {
    const text = formatExportLine(line);
    if (text !== null) {
      yield text;
      continue;
    }
    if (line.kind !== 'event') throw new Error(`A line of the kind ${line.kind} has no text.`);
    const message = `The event at position ${line.event.position} was changed: its stored text is not canonical JSON.`;
    yield formatExportLine({ kind: 'fault', fault: auditFault('EVENT_ALTERED', message, line.event) }) ?? '';
    return;
  }
}

/**
 * The log, or a range of it, with its checkpoints, as the lines of an export. A log that is exported to its end is also
 * looked at beyond it: events that it does not know, tickets of the sequencer, checkpoints of more events than it has.
 *
 * @param archive where events that were moved to files are read from; default the folders that they were moved to
 */
export async function* exportLog(
  db: SqlExecutor,
  range: ExportRange = {},
  archive: EventArchive = new EventArchive(db),
): AsyncGenerator<ExportLine> {
  const end = await readLogEnd(db);
  const from = Math.min(range.from ?? 1, end.last + 1);
  const to = Math.max(from - 1, Math.min(range.to ?? end.last, end.last));
  yield { kind: 'header', header: await readHeader(db, from, to) };
  for (let after = from - 1; after < to;) {
    const events = await readAuditedEvents(db, archive, after, to, BATCH);
    const notes = await readNotes(db, after + 1, events.length < BATCH ? to : after + BATCH);
    for (const event of events) {
      if ('code' in event) {
        yield { kind: 'fault', fault: event };
        return;
      }
      yield { kind: 'event', event: from === 1 ? { ...event, previous: null } : event };
      for (const note of notes.get(event.position) ?? []) yield { kind: 'checkpoint', note };
    }
    if (events.length < BATCH) break;
    after += BATCH;
  }
  const fault = to < end.last ? null : await lookBeyond(db, end);
  if (fault !== null) yield { kind: 'fault', fault };
  else yield { kind: 'end', end: await readEnd(db, to, end.last) };
}

async function readHeader(db: SqlExecutor, from: number, to: number): Promise<ExportHeader> {
  const subtree = merkleTree(db);
  const subtrees: Buffer[] = [];
  for (const [first, after] of subtreesOf(from - 1)) subtrees.push(await subtree(first, after));
  const [before] = await db.query<{ hash: Buffer }>('SELECT hash FROM log WHERE position = $1', [from - 1]);
  const keys = await db.query<{ public_key: string }>(
    'SELECT public_key FROM checkpoints GROUP BY public_key ORDER BY min(size)',
  );
  return {
    origin: await readOrigin(db),
    from,
    to,
    logHash: before?.hash ?? LOG_START,
    subtrees,
    publicKeys: keys.map((row) => row.public_key),
  };
}

/** Signed checkpoints by their size. */
async function readNotes(db: SqlExecutor, from: number, to: number): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await db.query<{ size: string; note: string }>(
    'SELECT size::text AS size, note FROM checkpoints WHERE size BETWEEN $1 AND $2 ORDER BY size',
    [from, to],
  );
  return new Map(rows.map((row) => [Number(row.size), [row.note]]));
}

async function readEnd(db: SqlExecutor, to: number, lastPosition: number): Promise<ExportEnd> {
  const [next] = await db.query<{ size: string; note: string }>(
    'SELECT size::text AS size, note FROM checkpoints WHERE size > $1 ORDER BY size LIMIT 1',
    [to],
  );
  if (next === undefined || to === 0) return { lastPosition, beyond: null };
  // one that was signed while this was read
  if (Number(next.size) > lastPosition) return { lastPosition, beyond: null };
  return {
    lastPosition,
    beyond: { note: next.note, proof: await consistencyProof(merkleTree(db), to, Number(next.size)) },
  };
}

async function lookBeyond(db: SqlExecutor, end: Awaited<ReturnType<typeof readLogEnd>>): Promise<AuditFault | null> {
  const [last] = await db.query<{ hash: Buffer }>('SELECT hash FROM log WHERE position = $1', [end.last]);
  if (end.greatest > end.last) {
    const message = `The sequencer gave ${end.last} positions, and the log has one at ${end.greatest}.`;
    return auditFault('LOG_END', message, { position: end.last + 1 });
  }
  if (last !== undefined && !last.hash.equals(end.lastHash)) {
    return auditFault('LOG_END', `The log ends at position ${end.last} with another hash than the sequencer gave it.`, {
      position: end.last,
    });
  }
  const [ahead] = await db.query<{ size: string }>(
    `SELECT size::text AS size FROM checkpoints WHERE size > (SELECT last_position FROM sequencer) ORDER BY size LIMIT 1`,
  );
  if (ahead !== undefined) {
    const message = `The log ends at position ${end.last}, and one of ${ahead.size} events was signed: the last ones were removed.`;
    return auditFault('CHECKPOINT_BEYOND_END', message, { position: end.last + 1 });
  }
  return findUnlistedEvent(db);
}
