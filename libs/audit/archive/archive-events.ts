import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { SqlDatabase, SqlExecutor } from '#platform';
import { LOG_START } from '../event-hash.js';
import type { ExportLine } from '../export-format.js';
import { readParquetExport } from '../parquet/read-parquet-export.js';
import { writeParquetExport } from '../parquet/write-parquet-export.js';
import { exportLog } from '../postgres/export-log.js';
import { merkleTree } from '../postgres/merkle-tree.js';
import type { VerifierKey } from '../signed-note.js';
import { verifyLines } from '../verify-export.js';
import { type ArchiveFile, EventArchive, readArchives } from './event-archive.js';

/** Which events are old: those recorded before a time (RFC 3339), or before a position. */
export type ArchiveBound = { readonly beforeTime: string } | { readonly beforePosition: number };

export interface ArchiveOptions {
  readonly before: ArchiveBound;
  /** is made where it is not there */
  readonly folder: string;
  /** that may have signed; default those that the database names, which proves less */
  readonly keys?: readonly VerifierKey[] | null;
  /** of one file; default 20,000 */
  readonly eventsMax?: number;
  /** files of one run; default as many as it takes */
  readonly filesMax?: number;
  /** of the texts of one file, as far as a single event does not have more; default 256 MiB */
  readonly bytesMax?: number;
  /** after each file: the last position archived, and the last that will be */
  readonly onFile?: (file: ArchiveFile, to: number) => void;
}

/** Nothing was moved, or no more than was reported before: the message says why. */
export class ArchiveRefusedError extends Error {
  override readonly name = 'ArchiveRefusedError';
}

/** Of one database: whoever holds it archives. Beside LEADER_LOCK. */
const ARCHIVE_LOCK = 7_263_003;

/**
 * Moves the texts of old events to Parquet files, one export of its range each, as far as checkpoints are signed. A file is
 * written, on the disk, read back and verified before the transaction that registers it and takes its texts out of the
 * table; what a crash leaves is a file that nobody knows, which the next run writes anew.
 *
 * @param owner of the tables, with two connections: the application has no right to any of this
 * @returns the files written, none where nothing is old enough
 * @throws ArchiveRefusedError
 */
export async function archiveEvents(owner: SqlDatabase, options: ArchiveOptions): Promise<readonly ArchiveFile[]> {
  return owner.transaction(async (lock) => {
    const [row] = await lock.query<{ held: boolean; may: boolean }>(
      `SELECT pg_try_advisory_xact_lock($1) AS held, has_table_privilege('events', 'UPDATE') AS may`,
      [ARCHIVE_LOCK],
    );
    if (row?.may !== true) {
      throw new ArchiveRefusedError(
        'This login does not own the events and may not move them: give the URL of the owner, as for the migrations.',
      );
    }
    if (row.held !== true) throw new ArchiveRefusedError('Somebody else is archiving this log just now.');
    return archiveUpTo(owner, options);
  });
}

async function archiveUpTo(owner: SqlDatabase, options: ArchiveOptions): Promise<readonly ArchiveFile[]> {
  const last = await lastToArchive(owner, options.before);
  const files: ArchiveFile[] = [];
  let archived = (await readArchives(owner)).at(-1)?.to ?? 0;
  if (last > archived) await mkdir(options.folder, { recursive: true });
  while (archived < last && files.length < (options.filesMax ?? Infinity)) {
    const to = await endOfFile(owner, archived, last, options);
    const file = await archiveRange(owner, archived + 1, to, options);
    files.push(file);
    options.onFile?.(file, last);
    archived = to;
  }
  return files;
}

/** The last event that is old enough and covered by a checkpoint. */
async function lastToArchive(db: SqlExecutor, before: ArchiveBound): Promise<number> {
  const [row] = await db.query<{ signed: string | null; last: string }>(
    `SELECT (SELECT max(size) FROM checkpoints)::text AS signed, last_position::text AS last FROM sequencer`,
  );
  const { signed = null, last = '0' } = row ?? {};
  if (signed === null) {
    throw new ArchiveRefusedError('No checkpoint of the log is signed yet: what is archived has to be covered by one.');
  }
  const end = 'beforePosition' in before ? before.beforePosition : await firstSince(db, before.beforeTime);
  return Math.min(Number(signed), Number(last), (end ?? Infinity) - 1);
}

/** The first event recorded at or after a time, in the order of the log; null where there is none. */
async function firstSince(db: SqlExecutor, time: string): Promise<number | null> {
  const [row] = await db.query<{ position: string | null }>(
    `SELECT min(l.position)::text AS position FROM log l
     JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
     WHERE l.position > (SELECT coalesce(max(to_position), 0) FROM archives) AND e.recorded_at >= $1::timestamptz`,
    [time],
  );
  const position = row?.position ?? null;
  return position === null ? null : Number(position);
}

async function endOfFile(
  db: SqlExecutor,
  after: number,
  last: number,
  { eventsMax = 20_000, bytesMax = 256 * 2 ** 20 }: ArchiveOptions,
): Promise<number> {
  const [row] = await db.query<{ end: string | null }>(
    `SELECT max(position)::text AS "end" FROM (
       SELECT l.position, sum(octet_length(e.data) + octet_length(e.metadata)) OVER (ORDER BY l.position) AS bytes
       FROM log l JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
       WHERE l.position > $1 AND l.position <= $2) sums
     WHERE bytes <= $3 OR position = $1 + 1`,
    [after, Math.min(last, after + eventsMax), bytesMax],
  );
  const end = row?.end ?? null;
  if (end === null) throw new ArchiveRefusedError(`The log has no event at position ${after + 1}.`);
  return Number(end);
}

async function archiveRange(
  owner: SqlDatabase,
  from: number,
  to: number,
  { folder, keys = null }: ArchiveOptions,
): Promise<ArchiveFile> {
  const name = `events-${padded(from)}-${padded(to)}.parquet`;
  const path = join(folder, name);
  const archive = new EventArchive(owner);
  const fault = await writeParquetExport(exportLog(owner, { from, to }, archive), path);
  if (fault !== null)
    throw new ArchiveRefusedError(`The log is not what it was, and nothing is moved: ${fault.message}`);
  let end: Buffer = LOG_START;
  const readBack = async function* (): AsyncGenerator<ExportLine> {
    for await (const line of readParquetExport(path)) {
      if (line.kind === 'event') end = line.event.logHash;
      yield line;
    }
  };
  const report = await verifyLines(readBack(), { keys });
  if (report.fault !== null || report.from !== from || report.to !== to || report.signedTo !== to) {
    const why = report.fault?.message ?? `a checkpoint confirms it up to ${report.signedTo} only`;
    throw new ArchiveRefusedError(`${path} was written and does not verify, so that nothing is moved: ${why}`);
  }
  const { size: bytes } = await stat(path);
  const [root, sha256] = [await merkleTree(owner)(0, to), await hashOfFile(path)];
  // of the end of the file as it was verified: the database compares it with the log as it is now
  await owner.query(
    `SELECT archive_events($1, $2, $3, $4, $5, $6, $7, $8, (SELECT min(size) FROM checkpoints WHERE size >= $2))`,
    [from, to, end, name, resolve(folder), bytes, sha256, root],
  );
  const registered = (await readArchives(owner)).find((each) => each.from === from);
  if (registered === undefined) throw new Error(`${name} was registered and is not there.`);
  return registered;
}

async function hashOfFile(path: string): Promise<Buffer> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest();
}

const padded = (position: number): string => String(position).padStart(12, '0');
