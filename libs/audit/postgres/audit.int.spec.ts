import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '#domain';
import { createEventStore, type NewEvent, type PostgresEventStore } from '#event-store';
import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import {
  type AuditFault,
  type AuditReport,
  Checkpointer,
  type CheckpointReport,
  CHECKPOINTS_FILE,
  exportLog,
  type ExportRange,
  exportText,
  openAuditFolder,
  type AuditFolder,
  parseCheckpointFile,
  proveCoordination,
  readCheckpoints,
  verifyCoordinationProof,
  verifyExport,
  verifyLines,
} from '../index.js';
import { eventHash, LOG_START } from '../event-hash.js';
import { rootOf } from '../merkle/frontier.js';
import { leafHash } from '../merkle/hashes.js';

const metadata = { correlation_id: 'c', actor: 'spec ä', engine_version: '2', runtime_version: 'node' };

const set = (n: number): NewEvent => ({
  type: 'configuration_set',
  schemaVersion: 1,
  data: { config_name: `“${n}” 𝄞`, version: 1, parameters: { max_position_size: 0.1 + n } },
});

/** What nobody but the owner of the tables can do, who has to say so. */
const TAMPER = `SET LOCAL session_replication_role = replica; `;

describe('the audit of a log on Postgres', () => {
  const postgres = withPostgres();
  let db: SqlDatabase;
  let store: PostgresEventStore;
  let dir: string;
  let folder: AuditFolder;

  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
    store = createEventStore(db);
  });

  beforeEach(async () => {
    await db.query(`${TAMPER} TRUNCATE events, pending, log, merkle_nodes, checkpoints;
      UPDATE sequencer SET last_position = 0, last_hash = decode('${LOG_START.toString('hex')}', 'hex')`);
    dir = await mkdtemp(join(tmpdir(), 'audit-'));
    folder = await openAuditFolder(dir);
  });

  afterEach(() => rm(dir, { recursive: true }));
  afterAll(() => store.stop());

  const append = (stream: string, expectedVersion: number, count = 1, tenant?: string) =>
    store.append({
      ...(tenant === undefined ? {} : { tenant }),
      streams: [{ stream, expectedVersion, events: Array.from({ length: count }, (_, i) => set(expectedVersion + i)) }],
      metadata,
    });

  /** Streams of several lengths and tenants, 12 events. */
  async function fill(): Promise<void> {
    await append('a', 0, 3);
    await append('a', 0, 2, 'other');
    await store.append({
      streams: [
        { stream: 'z', expectedVersion: 0, events: [set(1), set(2)] },
        { stream: 'a', expectedVersion: 3, events: [set(3)] },
        { stream: 'b', expectedVersion: 0, events: [set(4)] },
      ],
      metadata,
    });
    await append('z', 2, 2);
    await append('coordination-c1', 0);
  }

  const checkpointer = (report?: (report: CheckpointReport) => void): Checkpointer =>
    new Checkpointer(db, { ...folder, ...(report === undefined ? {} : { report }) });

  const verify = (checkpoints: readonly string[] = [], range: ExportRange = {}): Promise<AuditReport> =>
    verifyLines(exportLog(db, range), { keys: [folder.signer.verifier], checkpoints });

  const outside = async (): Promise<readonly string[]> =>
    parseCheckpointFile(await readFile(join(dir, CHECKPOINTS_FILE), 'utf8')).notes;

  const faultAfter = async (sql: string): Promise<Partial<AuditFault> | null> => {
    await db.query(TAMPER + sql);
    const { fault } = await verify();
    // an export tells the same
    expect((await verifyExport(exportText(db), { keys: [folder.signer.verifier] })).fault?.position).toBe(
      fault?.position,
    );
    return fault && { code: fault.code, position: fault.position, stream: fault.stream, version: fault.version };
  };

  it('finds a log intact, and a log without events', async () => {
    expect(await verify()).toMatchObject({ fault: null, events: 0 });
    await fill();
    expect(await verify()).toMatchObject({ fault: null, events: 12, to: 12, signedTo: 0 });
  });

  it('hashes in the database what it hashes here', async () => {
    const fields = {
      tenant: 'T ü',
      stream: 'coordination-“x”',
      version: 2_000_000_000,
      id: '0b2f6f0a-0000-4000-8000-00000000000a',
      type: 't',
      schemaVersion: 7,
      recordedAt: '2026-03-02T15:00:00.120Z',
      metadata: canonicalJson({ a: '𝄞\u0000' }),
      data: '',
    };
    for (const previous of [Buffer.alloc(0), Buffer.alloc(32, 9)]) {
      const [row] = await db.query<{ hash: Buffer }>(
        'SELECT event_hash($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS hash',
        [previous, ...Object.values(fields)],
      );
      expect(row?.hash).toEqual(eventHash(previous, fields));
    }
  });

  it.each([
    [
      'the data',
      `UPDATE events SET data = replace(data, '“1”', '“2”') WHERE stream = 'z' AND version = 1`,
      'EVENT_ALTERED',
      6,
      'z',
      1,
    ],
    ['white space', `UPDATE events SET data = data || ' ' WHERE stream = 'b'`, 'EVENT_ALTERED', 9, 'b', 1],
    [
      'the metadata',
      `UPDATE events SET metadata = replace(metadata, 'spec', 'else') WHERE stream = 'b'`,
      'EVENT_ALTERED',
      9,
      'b',
      1,
    ],
    [
      'the time',
      `UPDATE events SET recorded_at = recorded_at + interval '1 microsecond' WHERE stream = 'b'`,
      'EVENT_ALTERED',
      9,
      'b',
      1,
    ],
    ['the id', `UPDATE events SET id = gen_random_uuid() WHERE stream = 'b'`, 'EVENT_ALTERED', 9, 'b', 1],
    [
      'data and its hash',
      `UPDATE events SET data = '{}', hash = event_hash('', tenant, stream, version, id, type, schema_version, event_time(recorded_at), metadata, '{}') WHERE stream = 'b'`,
      'LOG_ORDER',
      9,
      'b',
      1,
    ],
    [
      'the stream',
      `UPDATE events SET stream = 'c' WHERE stream = 'b'; UPDATE log SET stream = 'c' WHERE stream = 'b'`,
      'EVENT_ALTERED',
      9,
      'c',
      1,
    ],
    ['the stream, but not in the log', `UPDATE events SET stream = 'c' WHERE stream = 'b'`, 'EVENT_MISSING', 9, 'b', 1],
    [
      'the tenant',
      `UPDATE events SET tenant = 'x' WHERE stream = 'b'; UPDATE log SET tenant = 'x' WHERE stream = 'b'`,
      'EVENT_ALTERED',
      9,
      'b',
      1,
    ],
    [
      'two events of a stream, swapped',
      `UPDATE events SET version = 101 WHERE stream = 'z' AND version = 1; UPDATE events SET version = 1 WHERE stream = 'z' AND version = 2; UPDATE events SET version = 2 WHERE stream = 'z' AND version = 101`,
      'EVENT_ALTERED',
      6,
      'z',
      1,
    ],
    [
      'two positions, swapped',
      `UPDATE log SET position = -6 WHERE position = 6; UPDATE log SET position = 6 WHERE position = 9; UPDATE log SET position = 9 WHERE position = -6`,
      'LOG_ORDER',
      6,
      'b',
      1,
    ],
    [
      'one removed from its stream',
      `DELETE FROM events WHERE stream = 'z' AND version = 2`,
      'EVENT_MISSING',
      7,
      'z',
      2,
    ],
    [
      'one removed everywhere',
      `DELETE FROM events WHERE stream = 'z' AND version = 2; DELETE FROM log WHERE position = 7`,
      'EVENT_MISSING',
      7,
      null,
      null,
    ],
    [
      'the last one removed everywhere',
      `DELETE FROM events WHERE stream = 'coordination-c1'; DELETE FROM log WHERE position = 12`,
      'EVENT_MISSING',
      12,
      null,
      null,
    ],
    [
      'one added to a stream',
      `INSERT INTO events SELECT 'z', 5, gen_random_uuid(), type, 1, data, metadata, now(), tenant, hash FROM events WHERE stream = 'b'`,
      'EVENT_UNLISTED',
      null,
      'z',
      5,
    ],
    [
      'one added to the end of the log',
      `INSERT INTO events SELECT 'z', 5, gen_random_uuid(), type, 1, data, metadata, now(), tenant, hash FROM events WHERE stream = 'b'; INSERT INTO log VALUES (13, 'z', 5, 'default', 'x')`,
      'LOG_END',
      13,
      null,
      null,
    ],
    ['the sequencer set back', `UPDATE sequencer SET last_position = 9`, 'LOG_END', 10, null, null],
  ])('names what was changed: %s', async (_, sql, code, position, stream, version) => {
    await fill();
    expect(await faultAfter(sql)).toEqual({ code, position, stream, version });
  });

  describe('checkpoints', () => {
    it('are signed into the database and into a file, whose key its owner alone can read', async () => {
      await fill();
      const signed = await checkpointer().sign();
      expect(signed).toMatchObject({ size: 12 });
      await append('a', 4);
      await checkpointer().sign();
      expect(await checkpointer().sign()).toBeNull();
      const notes = (await readCheckpoints(db, 10)).map(({ note }) => note);
      expect(await outside()).toEqual([...notes].reverse());
      expect(notes[0]).toMatch(
        /^coordination-log\/[0-9a-f-]{36}\n13\n[A-Za-z0-9+/]{43}=\ntime \S+Z\n\n— coordination-audit [A-Za-z0-9+/]+=*\n$/,
      );
      expect((await stat(join(dir, 'signing-key.pem'))).mode & 0o777).toBe(0o600);
      expect(await verify(await outside())).toMatchObject({ fault: null, signedTo: 13, events: 13 });
      // the same folder has the same key
      expect((await openAuditFolder(dir)).signer.verifier.text).toBe(folder.signer.verifier.text);
    });

    it('find that the whole log was written anew', async () => {
      await fill();
      await checkpointer().sign();
      const notes = await outside();
      await db.query(`${TAMPER} TRUNCATE events, log, checkpoints, merkle_nodes;
        UPDATE sequencer SET last_position = 0, last_hash = decode('${LOG_START.toString('hex')}', 'hex')`);
      await fill();
      expect((await verify()).fault).toBeNull();
      expect((await verify(notes)).fault).toMatchObject({ code: 'CHECKPOINT_MISMATCH' });
    });

    it('find that the newest events were removed without a trace in the database', async () => {
      await fill();
      await checkpointer().sign();
      await db.query(`${TAMPER} DELETE FROM events WHERE stream = 'coordination-c1'; DELETE FROM log WHERE position = 12;
        UPDATE sequencer SET last_position = 11, last_hash = (SELECT hash FROM log WHERE position = 11)`);
      expect((await verify()).fault).toMatchObject({ code: 'CHECKPOINT_BEYOND_END', position: 12 });
      await db.query(`${TAMPER} DELETE FROM checkpoints`);
      expect((await verify()).fault).toBeNull();
      expect((await verify(await outside())).fault).toMatchObject({ code: 'CHECKPOINT_BEYOND_END', position: 12 });
    });

    it('are not signed any more once the log is not what it was', async () => {
      await fill();
      await checkpointer().sign();
      await append('a', 4);
      await db.query(`${TAMPER} UPDATE events SET hash = 'x' WHERE stream = 'b'`);
      expect(await checkpointer().sign()).toMatchObject({ code: 'LOG_ORDER', position: 9 });
      expect(await outside()).toHaveLength(1);
    });

    it('are signed by one of two processes', async () => {
      await fill();
      const signed = await Promise.all(Array.from({ length: 4 }, () => checkpointer().sign()));
      expect(signed.filter((each) => each !== null)).toHaveLength(1);
    });

    it('come by themselves, after a number of events and at the end', async () => {
      const reports: CheckpointReport[] = [];
      const running = new Checkpointer(db, { ...folder, events: 5, report: (report) => reports.push(report) });
      running.start();
      await append('a', 0, 6);
      for (let waited = 0; reports.length === 0 && waited < 100; waited++)
        await new Promise((wake) => setTimeout(wake, 50));
      await append('b', 0);
      await running.stop();
      expect(reports.map((each) => (each.kind === 'SIGNED' ? each.checkpoint.size : each))).toEqual([6, 7]);
    });

    it('cover a long log, whose tree is stored and whose ranges are proved by it', async () => {
      const count = 66_000;
      await db.query(`${TAMPER} INSERT INTO events (stream, version, id, type, schema_version, data, metadata, recorded_at, hash)
        SELECT 's' || i, 1, u, 't', 1, '{}', '{}', '2026-03-02T15:00:00Z',
          event_hash('', 'default', 's' || i, 1, u, 't', 1, '2026-03-02T15:00:00.000Z', '{}', '{}')
        FROM generate_series(1, ${count}) i, (VALUES ('0b2f6f0a-0000-4000-8000-000000000001'::uuid)) x (u);
        WITH RECURSIVE chain (position, hash) AS (
          SELECT 0, last_hash FROM sequencer
          UNION ALL
          SELECT c.position + 1, log_hash(c.hash, e.hash) FROM chain c
            JOIN events e ON e.tenant = 'default' AND e.stream = 's' || (c.position + 1) AND e.version = 1)
        INSERT INTO log (position, stream, version, hash) SELECT position, 's' || position, 1, hash FROM chain WHERE position > 0;
        UPDATE sequencer SET last_position = ${count}, last_hash = (SELECT hash FROM log WHERE position = ${count})`);
      const signed = await checkpointer().sign();
      const rows = await db.query<{ hash: Buffer }>(
        'SELECT e.hash FROM log l JOIN events e USING (tenant, stream, version) ORDER BY l.position',
      );
      expect(signed).toMatchObject({ size: count, root: rootOf(rows.map((row) => leafHash(row.hash))) });
      expect(
        await db.query('SELECT level, count(*)::int AS nodes FROM merkle_nodes GROUP BY level ORDER BY level'),
      ).toEqual([
        { level: 1, nodes: 257 },
        { level: 2, nodes: 1 },
      ]);
      // in two transactions, each of which signs what it got to
      expect((await readCheckpoints(db, 5)).map(({ size }) => size)).toEqual([66_000, 65_536]);
      const report = await verify([], { from: 65_000, to: 65_100 });
      expect(report).toMatchObject({ fault: null, events: 101, signedTo: 65_100 });
    });
  });

  describe('the proof of a coordination', () => {
    const prove = () => proveCoordination(db, 'c1');

    it('is complete in itself', async () => {
      await fill();
      expect(await prove()).toBe('UNSIGNED');
      expect(await proveCoordination(db, 'none')).toBe('UNKNOWN');
      await checkpointer().sign();
      const proof = await prove();
      const report = verifyCoordinationProof(JSON.parse(JSON.stringify(proof)), [folder.signer.verifier]);
      expect(report).toMatchObject({ fault: null, positions: [12], coordinationId: 'c1', keys: 'GIVEN' });
      expect(verifyCoordinationProof(proof, null)).toMatchObject({ fault: null, keys: 'OWN' });
    });

    it('fails for another event, another place, another key and another document', async () => {
      await fill();
      await checkpointer().sign();
      const text = JSON.stringify(await prove());
      const verifyText = (changed: string) =>
        verifyCoordinationProof(JSON.parse(changed), [folder.signer.verifier]).fault;
      expect(verifyText(text.replace('“0”', '“1”'))).toMatchObject({ code: 'PROOF_FAILED', position: 12 });
      expect(verifyText(text.replace('"position":"12"', '"position":"10"'))).toMatchObject({ code: 'PROOF_FAILED' });
      expect(verifyText(text.replace('"coordination_id":"c1"', '"coordination_id":"c2"'))).toMatchObject({
        code: 'PROOF_FAILED',
      });
      expect(verifyText('{}')).toMatchObject({ code: 'DOCUMENT_DAMAGED' });
      const other = await openAuditFolder(join(dir, 'other'));
      expect(verifyCoordinationProof(JSON.parse(text), [other.signer.verifier]).fault?.message).toContain(
        'another key',
      );
    });
  });
});
