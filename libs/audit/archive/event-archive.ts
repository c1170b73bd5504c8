import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { ProblemException, type SqlExecutor, sqlText } from '#platform';
import { nameOf } from '../audited-event.js';
import { eventHash, NO_EVENT } from '../event-hash.js';
import { DUCKDB_OPTIONS } from '../parquet/event-columns.js';
import { COLUMN_NAMES, eventOfRow, firstLine } from '../parquet/read-parquet-export.js';

/** What the table of events no longer has of an event that was moved to a file. */
export interface ArchivedTexts {
  readonly metadata: string;
  readonly data: string;
}

/** A file that holds events of a range of positions, registered in the database. */
export interface ArchiveFile {
  readonly from: number;
  readonly to: number;
  /** name within the folder */
  readonly file: string;
  /** as the operator gave it */
  readonly folder: string;
  readonly bytes: number;
  /** hex, of the file */
  readonly sha256: string;
  /** of the Merkle tree up to `to`, hex */
  readonly root: string;
  /** signed, of at least `to` events */
  readonly checkpoint: string;
  /** RFC 3339 */
  readonly archivedAt: string;
}

/** Names the file that cannot be had, or does not hold what was moved to it. Nothing is skipped: who reads stops here. */
export class ArchiveUnreadableError extends ProblemException {
  constructor(
    readonly position: number,
    detail: string,
  ) {
    super('archive-unreadable', { detail });
  }
}

/** texts that are kept: those of single events, such as the newest of a stream, which are asked for again and again */
const KEPT_CHARACTERS_MAX = 32_000_000;
const SINGLE_MAX = 4;

/**
 * Reads events that were moved to files. Whatever it gives has the hash that the database kept, so that a file that was
 * changed is found at the first read of what was changed in it.
 */
export class EventArchive {
  private files: readonly ArchiveFile[] = [];
  private opening: Promise<{ readonly instance: DuckDBInstance; readonly duckdb: DuckDBConnection }> | null = null;
  /** one query at a time: a connection has one answer */
  private reading: Promise<unknown> = Promise.resolve();
  private readonly kept = new Map<number, ArchivedTexts>();
  private keptCharacters = 0;

  /** @param folder where the files are, in place of the folder that each was written to; null for that */
  constructor(
    private readonly db: SqlExecutor,
    private readonly folder: string | null = null,
  ) {}

  /**
   * The texts of archived events by position, all of them.
   * @throws ArchiveUnreadableError
   */
  async read(positions: readonly number[]): Promise<ReadonlyMap<number, ArchivedTexts>> {
    const found = new Map<number, ArchivedTexts>();
    const wanted = positions.filter((position) => {
      const kept = this.kept.get(position);
      if (kept !== undefined) found.set(position, kept);
      return kept === undefined;
    });
    for (const [position, texts] of await this.readFiles(wanted)) {
      found.set(position, texts);
      if (wanted.length <= SINGLE_MAX) this.keep(position, texts);
    }
    return found;
  }

  /**
   * The same as the files have it now, whatever was read before: for who says that the files are as they were.
   * @throws ArchiveUnreadableError
   */
  async readFiles(positions: readonly number[]): Promise<ReadonlyMap<number, ArchivedTexts>> {
    const found = new Map<number, ArchivedTexts>();
    if (positions.length === 0) return found;
    const hashes = await readHashes(this.db, positions);
    for (const [file, inFile] of await this.byFile(positions)) {
      for (const [position, texts] of await this.readFile(file, inFile, hashes)) found.set(position, texts);
    }
    return found;
  }

  /** Ends what reads files; a later read begins anew. */
  async close(): Promise<void> {
    const opened = await this.opening;
    this.opening = null;
    opened?.duckdb.closeSync();
    opened?.instance.closeSync();
  }

  private async byFile(positions: readonly number[]): Promise<ReadonlyMap<ArchiveFile, number[]>> {
    const fileOf = (position: number): ArchiveFile | undefined =>
      this.files.find(({ from, to }) => position >= from && position <= to);
    if (positions.some((position) => fileOf(position) === undefined)) this.files = await readArchives(this.db);
    const files = new Map<ArchiveFile, number[]>();
    for (const position of positions) {
      const file = fileOf(position);
      if (file === undefined) {
        const message = `The event at position ${position} has lost its texts, and no archive has them.`;
        throw new ArchiveUnreadableError(position, message);
      }
      files.set(file, [...(files.get(file) ?? []), position]);
    }
    return files;
  }

  private readFile(
    archive: ArchiveFile,
    positions: readonly number[],
    hashes: ReadonlyMap<number, StoredHashes>,
  ): Promise<ReadonlyMap<number, ArchivedTexts>> {
    const work = this.reading.then(() => this.query(archive, positions, hashes));
    this.reading = work.catch(() => undefined);
    return work;
  }

  private async query(
    archive: ArchiveFile,
    positions: readonly number[],
    hashes: ReadonlyMap<number, StoredHashes>,
  ): Promise<ReadonlyMap<number, ArchivedTexts>> {
    const path = join(this.folder ?? archive.folder, archive.file);
    const first = Math.min(...positions);
    const unreadable = (position: number, why: string): Error =>
      new ArchiveUnreadableError(position, `Position ${position} was moved to ${path}, ${why}.`);
    if (!existsSync(path)) throw unreadable(first, 'which is not there');
    const duckdb = await this.duckdb();
    const rows = await duckdb
      .runAndReadAll(`select ${COLUMN_NAMES} from read_parquet(${sqlText(path)}) where ${within(positions)}`)
      .then((answer) => answer.getRows().map((row) => eventOfRow(row)[0]))
      .catch((error: unknown) => {
        throw unreadable(first, `which cannot be read: ${firstLine(error)}`);
      });
    const events = new Map(rows.map((event) => [event.position, event]));
    return new Map(
      positions.map((position) => {
        const [event, stored] = [events.get(position), hashes.get(position)];
        if (event === undefined || stored === undefined) throw unreadable(position, 'which does not hold it');
        if (!eventHash(stored.previous ?? NO_EVENT, event).equals(stored.hash)) {
          throw unreadable(position, `where ${nameOf(event)} is not what was moved there`);
        }
        return [position, { metadata: event.metadata, data: event.data }];
      }),
    );
  }

  private async duckdb(): Promise<DuckDBConnection> {
    this.opening ??= import('@duckdb/node-api').then(async ({ DuckDBInstance }) => {
      const instance = await DuckDBInstance.create(':memory:', DUCKDB_OPTIONS);
      return { instance, duckdb: await instance.connect() };
    });
    return (await this.opening).duckdb;
  }

  /** The oldest go where there are too many. */
  private keep(position: number, texts: ArchivedTexts): void {
    this.kept.set(position, texts);
    this.keptCharacters += texts.metadata.length + texts.data.length;
    for (const [oldest, { metadata, data }] of this.kept) {
      if (this.keptCharacters <= KEPT_CHARACTERS_MAX) break;
      this.kept.delete(oldest);
      this.keptCharacters -= metadata.length + data.length;
    }
  }
}

/** A range where the positions are most of it, so that groups of rows that cannot hold any are passed over. */
function within(positions: readonly number[]): string {
  const [first, last] = [Math.min(...positions), Math.max(...positions)];
  const range = `position between ${first} and ${last}`;
  return last - first + 1 === positions.length ? range : `${range} and position in (${positions.join(', ')})`;
}

interface StoredHashes {
  readonly hash: Buffer;
  readonly previous: Buffer | null;
}

async function readHashes(db: SqlExecutor, positions: readonly number[]): Promise<ReadonlyMap<number, StoredHashes>> {
  const rows = await db.query<{ position: string; hash: Buffer; previous: Buffer | null }>(
    `SELECT l.position::text AS position, e.hash, p.hash AS previous FROM log l
     JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
     LEFT JOIN events p ON p.tenant = l.tenant AND p.stream = l.stream AND p.version = l.version - 1
     WHERE l.position = ANY ($1::bigint[])`,
    [positions],
  );
  return new Map(rows.map(({ position, hash, previous }) => [Number(position), { hash, previous }]));
}

/** Every file that events were moved to, in the order of the log. */
export async function readArchives(db: SqlExecutor): Promise<readonly ArchiveFile[]> {
  const rows = await db.query<Omit<ArchiveFile, 'from' | 'to' | 'bytes'> & { from: string; to: string; bytes: string }>(
    `SELECT from_position::text AS "from", to_position::text AS "to", file, folder, bytes::text AS bytes,
       encode(sha256, 'hex') AS sha256, encode(root, 'hex') AS root, checkpoint, event_time(archived_at) AS "archivedAt"
     FROM archives ORDER BY from_position`,
  );
  return rows.map(({ from, to, bytes, ...rest }) => ({
    ...rest,
    from: Number(from),
    to: Number(to),
    bytes: Number(bytes),
  }));
}
