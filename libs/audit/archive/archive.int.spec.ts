import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventStore, type PostgresEventStore } from '#event-store';
import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import {
  archiveEvents,
  ArchiveRefusedError,
  ArchiveUnreadableError,
  type AuditFolder,
  type AuditReport,
  Checkpointer,
  EventArchive,
  exportLog,
  exportText,
  openAuditFolder,
  readArchives,
  readParquetExport,
  verifyLines,
  writeParquetExport,
} from '../index.js';
import type { ExportLine } from '../export-format.js';
import { eventHash, logHash, LOG_START, NO_EVENT } from '../event-hash.js';

const metadata = { correlation_id: 'c', actor: 'spec', engine_version: '3', runtime_version: 'node' };
/** as the owner of the tables, who says so */
const TAMPER = 'SET LOCAL session_replication_role = replica; ';

describe('the archive of a log', () => {
  const postgres = withPostgres();
  let db: SqlDatabase;
  let store: PostgresEventStore;
  let dir: string;
  let audit: AuditFolder;

  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
  });

  beforeEach(async () => {
    await db.query(`${TAMPER} TRUNCATE events, pending, log, merkle_nodes, checkpoints, archives;
      UPDATE sequencer SET last_position = 0, last_hash = decode('${LOG_START.toString('hex')}', 'hex')`);
    dir = await mkdtemp(join(tmpdir(), 'event-archive-'));
    audit = await openAuditFolder(join(dir, 'audit'));
    store = createEventStore(db, { archive: new EventArchive(db) });
  });
  afterEach(async () => {
    await store.stop();
    await rm(dir, { recursive: true });
  });

  const append = (stream: string, expectedVersion = 0, tenant = 'default') =>
    store.append({
      tenant,
      streams: [
        {
          stream,
          expectedVersion,
          events: [
            {
              type: 'configuration_disabled',
              schemaVersion: 1,
              data: { config_name: stream, version: expectedVersion + 1 },
            },
          ],
        },
      ],
      metadata,
    });
  /** n events of three streams, two tenants */
  const fill = async (n: number): Promise<void> => {
    const versions = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const [stream, tenant] = [`s${i % 3}`, i % 2 === 0 ? 'default' : 'other'];
      const version = versions.get(`${tenant}/${stream}`) ?? 0;
      await append(stream, version, tenant);
      versions.set(`${tenant}/${stream}`, version + 1);
    }
  };
  const sign = () => new Checkpointer(db, { ...audit }).sign();
  const folder = (): string => join(dir, 'archive');
  const archive = (beforePosition: number, eventsMax?: number) =>
    archiveEvents(db, {
      before: { beforePosition },
      folder: folder(),
      keys: [audit.signer.verifier],
      ...(eventsMax === undefined ? {} : { eventsMax }),
    });
  const verify = (): Promise<AuditReport> => verifyLines(exportLog(db), { keys: [audit.signer.verifier] });
  const text = async (): Promise<string> => {
    let all = '';
    for await (const line of exportText(db)) all += line;
    return all;
  };
  const refused = async (work: Promise<unknown>): Promise<string> => {
    const error = await work.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    return (error as Error).message;
  };
  const textless = async (): Promise<number> =>
    (await db.query<{ n: number }>('SELECT count(*)::int AS n FROM events WHERE data IS NULL'))[0]?.n ?? 0;

  it('goes as far as a checkpoint does, file by file, and the log reads as before', async () => {
    await fill(20);
    await sign();
    await append('unsigned');
    const [before, log] = [await text(), await store.readLog(0n, 100)];
    const files = await archive(1_000, 8);
    expect(files.map(({ from, to }) => [from, to])).toEqual([
      [1, 8],
      [9, 16],
      [17, 20],
    ]);
    expect(await textless()).toBe(20);
    expect(await text()).toBe(before);
    expect(await store.readLog(0n, 100)).toEqual(log);
    expect(await store.readLog(5n, 3)).toEqual(log.slice(5, 8));
    const stream = log.filter((event) => event.stream === 's1' && event.tenant === 'other');
    expect(await store.readStream('s1', { tenant: 'other' })).toEqual(stream);
    expect(await store.readStream('s1', { tenant: 'other', direction: 'BACKWARDS', limit: 1 })).toEqual(
      stream.slice(-1),
    );
    expect(await verify()).toMatchObject({ fault: null, events: 21, signedTo: 20 });
    expect(await archive(1_000)).toEqual([]);
    expect((await db.query('SELECT archived_at FROM archives WHERE bytes > 0')).length).toBe(3);
  });

  it('cuts files by the length of their texts too, never within an event', async () => {
    await fill(6);
    await sign();
    const files = await archiveEvents(db, { before: { beforePosition: 7 }, folder: folder(), bytesMax: 1 });
    expect(files.map(({ from, to }) => [from, to])).toEqual([1, 2, 3, 4, 5, 6].map((n) => [n, n]));
  });

  it('goes by the time of events as well', async () => {
    await fill(3);
    await db.query(`${TAMPER} SELECT pg_sleep(0.002)`);
    const [row] = await db.query<{ now: string }>('SELECT event_time(clock_timestamp()) AS now');
    await db.query('SELECT pg_sleep(0.002)');
    await append('later');
    await sign();
    const files = await archiveEvents(db, { before: { beforeTime: row?.now ?? '' }, folder: folder() });
    expect(files.map(({ from, to }) => [from, to])).toEqual([[1, 3]]);
  });

  it('appends go on with the versions and hashes of archived events', async () => {
    await fill(7);
    await sign();
    await archive(100);
    expect(await append('s0', 0)).toMatchObject({ kind: 'VERSION_CONFLICT', actualVersion: 2 });
    expect(await append('s0', 2)).toMatchObject({ kind: 'APPENDED', position: 8n });
    await sign();
    expect(await verify()).toMatchObject({ fault: null, events: 8, signedTo: 8 });
    expect(await readdir(folder())).toHaveLength(1);
    await archive(100);
    expect((await readArchives(db)).map(({ from, to }) => [from, to])).toEqual([
      [1, 7],
      [8, 8],
    ]);
  });

  it('moves nothing of a log that is not what it was', async () => {
    await fill(5);
    await sign();
    await db.query(`${TAMPER} UPDATE events SET data = '{}' WHERE stream = 's1' AND version = 1 AND tenant = 'other'`);
    const message = await refused(archive(100));
    expect(message).toMatch(
      /was written and does not verify, so that nothing is moved: other\/s1 version 1 was changed/,
    );
    expect([await textless(), await readArchives(db)]).toEqual([0, []]);
  });

  it('writes anew what a crash left unregistered, and lets one archive at a time', async () => {
    await fill(5);
    await sign();
    await archiveEvents(db, { before: { beforePosition: 2 }, folder: folder() });
    await writeFile(join(folder(), 'events-000000000002-000000000005.parquet'), 'PAR1 half a file');
    const outcomes = await Promise.allSettled([archive(100), archive(100)]);
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
    for (const failure of failures) expect(failure).toBeInstanceOf(ArchiveRefusedError);
    expect(failures.length).toBeLessThan(2);
    expect(await verify()).toMatchObject({ fault: null, events: 5 });
    expect((await readdir(folder())).sort()).toEqual((await readArchives(db)).map(({ file }) => file));
  });

  it('lets the owner take texts of registered events away, and change nothing else', async () => {
    await fill(6);
    await sign();
    await archive(4);
    const only = 'The table events only grows: UPDATE is refused.';
    const change = (set: string, where: string) => refused(db.query(`UPDATE events SET ${set} WHERE ${where}`));
    const archived = `data IS NULL`;
    expect(await change('data = NULL, metadata = NULL', 'data IS NOT NULL')).toBe(only);
    expect(await change(`data = '{}'`, archived)).toBe(only);
    expect(await change(`type = 'x'`, archived)).toBe(only);
    expect(await change(`hash = ''`, archived)).toBe(only);
    expect(await refused(db.query('DELETE FROM events'))).toContain('DELETE is refused');
    expect(await refused(db.query('DELETE FROM archives'))).toContain('DELETE is refused');
    expect(await refused(db.query(`UPDATE archives SET folder = '/'`))).toContain('UPDATE is refused');
    const register = (from: number, to: number, hashAt: number, checkpoint = 6) =>
      refused(
        db.query(
          `SELECT archive_events($1, $2, (SELECT hash FROM log WHERE position = $3), 'f', 'd', 1, 'x', 'x', $4)`,
          [from, to, hashAt, checkpoint],
        ),
      );
    expect(await register(5, 6, 6)).toBe('The archive ends at position 3: the next file begins after it, not at 5.');
    expect(await register(4, 6, 5)).toBe('The file does not end as the log does at position 6.');
    expect(await register(4, 6, 6, 7)).toBe('No checkpoint of 7 events covers position 6.');
    expect(await textless()).toBe(3);
  });

  it('finds texts taken away that no file has', async () => {
    await fill(3);
    await db.query(`${TAMPER} UPDATE events SET data = NULL, metadata = NULL WHERE stream = 's1'`);
    expect(await refused(store.readLog(0n, 10))).toBe(
      'The event at position 2 has lost its texts, and no archive has them.',
    );
    expect((await verify()).fault).toMatchObject({ code: 'ARCHIVE_UNREADABLE', position: 2 });
  });

  it('believes no file that agrees with itself and not with the database', async () => {
    await fill(5);
    await sign();
    await archive(100);
    const [file] = await readArchives(db);
    const path = join(folder(), file?.file ?? '');
    const original = await readFile(path);
    await writeParquetExport(forged(readParquetExport(path)), path);
    const error = await store.readLog(0n, 10).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArchiveUnreadableError);
    expect((error as Error).message).toBe(
      `Position 2 was moved to ${path}, where other/s1 version 1 is not what was moved there.`,
    );
    expect(await store.readLog(0n, 1)).toHaveLength(1);
    expect((await verify()).fault).toMatchObject({ code: 'ARCHIVE_UNREADABLE', position: 2 });
    await rm(path);
    // the first was read by itself a moment ago, and is kept in memory
    expect(await refused(store.readLog(0n, 10))).toBe(`Position 2 was moved to ${path}, which is not there.`);
    expect(existsSync(path)).toBe(false);
    // who verifies looks at the files, not at the memory
    const reader = new EventArchive(db);
    await writeFile(path, original);
    await reader.read([1]);
    await rm(path);
    expect(await reader.read([1])).toBeInstanceOf(Map);
    expect(await refused(reader.readFiles([1]))).toContain('which is not there');
    const { fault } = await verifyLines(exportLog(db, {}, reader), { keys: null });
    expect(fault).toMatchObject({ code: 'ARCHIVE_UNREADABLE', position: 1 });
  });

  it('a byte changed in a file is found, or changes nothing that is read', async () => {
    await fill(40);
    await sign();
    await archive(100);
    const path = join(folder(), (await readArchives(db))[0]?.file ?? '');
    const bytes = await readFile(path);
    const original = await linesOf(path);
    let found = 0;
    for (let i = 0; i < 24; i++) {
      const changed = Buffer.from(bytes);
      const place = Math.floor((i / 24) * bytes.length);
      changed[place] = (changed[place] as number) ^ 0x55;
      await writeFile(path, changed);
      const { fault } = await verifyLines(readParquetExport(path), { keys: [audit.signer.verifier] });
      if (fault === null) expect(await linesOf(path)).toEqual(original);
      else found += 1;
    }
    expect(found).toBeGreaterThan(12);
  });
});

async function linesOf(path: string): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for await (const line of readParquetExport(path)) lines.push(line);
  return lines;
}

/** The second event is another one, and every hash fits it. */
async function* forged(lines: AsyncIterable<ExportLine>): AsyncGenerator<ExportLine> {
  const heads = new Map<string, Buffer>();
  let log: Buffer = LOG_START;
  for await (const line of lines) {
    if (line.kind !== 'event') {
      yield line;
      continue;
    }
    const { event } = line;
    const stream = `${event.tenant}/${event.stream}`;
    const data = event.position === 2 ? event.data.replace('s1', 's9') : event.data;
    const hash = eventHash(heads.get(stream) ?? NO_EVENT, { ...event, data });
    heads.set(stream, hash);
    log = logHash(log, hash);
    yield { kind: 'event', event: { ...event, data, hash, logHash: log } };
  }
}
