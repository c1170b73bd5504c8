import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openAuditFolder } from '#audit';
import { API_SCHEMAS } from '#contracts';
import { createEventStore, type PostgresEventStore } from '#event-store';
import { createHttpApp, createPostgresDatabase, listen, migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { openAudit } from '../../command/audit/audit-adapters.js';
import { AuditModule } from '../../command/audit/audit.module.js';
import { cli } from '../cli.fixture.js';

const metadata = { correlation_id: 'c', actor: 'spec', engine_version: '2', runtime_version: 'node' };
const EVENTS = 300;

/** as the owner of the tables, who says so */
const OWNER = 'SET LOCAL session_replication_role = replica; ';

describe('coordination verify and export', () => {
  const postgres = withPostgres();
  const dir = mkdtempSync(join(tmpdir(), 'verify-'));
  const at = (name: string): string => join(dir, name);
  const audit = (name: string): string => join(dir, 'audit', name);
  let db: SqlDatabase;
  let store: PostgresEventStore;
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('command'), { lockKey: 1 });
    store = createEventStore(db);
    await store.start();
    for (let i = 0; i < EVENTS; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => append(`coordination-c${i + j}`)));
    }
    const settings = { AUDIT_KEY_FILE: '', AUDIT_INTERVAL_SECONDS: 86_400, AUDIT_EVENTS: 1_000_000 };
    app = await createHttpApp([AuditModule.register(await openAudit(db, store, join(dir, 'audit'), settings))], {
      settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 1_000_000, API_KEYS: [], LOG_LEVEL: 'silent' },
      service: 'command',
      description: { title: 'Audit', description: 'Under test.', schemas: API_SCHEMAS },
    });
    url = await listen(app, '127.0.0.1', 0);
  });

  afterAll(async () => {
    await app.close();
    await store.stop();
    rmSync(dir, { recursive: true });
  });

  const append = (stream: string) =>
    store.append({
      streams: [
        {
          stream,
          expectedVersion: 0,
          events: [{ type: 'configuration_disabled', schemaVersion: 1, data: { config_name: stream, version: 1 } }],
        },
      ],
      metadata,
    });

  it('finds the log of a service and of a database intact, and says what that rests on', async () => {
    const unsigned = await cli('verify', '--url', url);
    expect([unsigned.code, unsigned.out]).toEqual([
      0,
      expect.stringMatching(/^Intact: events 1 to 300 of coordination-log\/\S+\.\nNo checkpoint confirms them/),
    ]);
    const { code, out } = await cli('verify', '--database', postgres.url, '--json');
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ events: EVENTS, signedTo: 0, fault: null })]);
  });

  it('proves a coordination, signing the log for it, and checks the proof offline', async () => {
    const { code, out, notes } = await cli('verify', '--coordination', 'c7', '--url', url);
    expect([code, notes]).toEqual([
      0,
      expect.stringMatching(/^Proved: c7 is in the log of 300 events that was signed at/),
    ]);
    writeFileSync(at('proof.json'), out);
    const key = audit('public-key.txt');
    expect((await cli('verify', '--proof', at('proof.json'), '--public-key', key)).out).toMatch(
      /^Proved: c7 .*\d\.\n$/,
    );
    writeFileSync(at('proof.json'), out.replace('"config_name":"coordination-c7"', '"config_name":"coordination-c8"'));
    const forged = await cli('verify', '--proof', at('proof.json'), '--public-key', key);
    expect([forged.code, forged.out]).toEqual([
      3,
      expect.stringMatching(/^NOT PROVED: coordination-c7 version 1 is not/),
    ]);
    const unknown = await cli('verify', '--coordination', 'nobody', '--url', url);
    expect([unknown.code, unknown.notes]).toEqual([2, expect.stringContaining('There is no coordination "nobody"')]);
    expect((await cli('verify', '--coordination', 'nobody', '--database', postgres.url)).code).toBe(2);
    expect((await cli('verify', '--coordination', 'c9', '--database', postgres.url)).code).toBe(0);
  });

  it('exports the log and a range of it, which verify offline', async () => {
    await append('later');
    const key = audit('public-key.txt');
    expect(await cli('export', '--url', url, '--out', at('log.ndjson'))).toMatchObject({ code: 0, out: '' });
    const whole = await cli(
      'verify',
      at('log.ndjson'),
      '--public-key',
      key,
      '--checkpoints',
      audit('checkpoints.ndjson'),
    );
    expect([whole.code, whole.out]).toEqual([
      0,
      expect.stringMatching(/^Intact: events 1 to 301 of .*\n\d checkpoints? confirms? them up to 300; 1 newer .*\n$/),
    ]);
    expect((await cli('export', '--url', url, '--from', '100', '--to', '200', '--out', at('part.ndjson'))).code).toBe(
      0,
    );
    expect((await cli('verify', at('part.ndjson'), '--public-key', key)).out).toContain('Intact: events 100 to 200');
    const piped = await cli('export', '--database', postgres.url, '--out', '-');
    expect([piped.code, piped.out.split('\n').length]).toEqual([
      0,
      readFileSync(at('log.ndjson'), 'utf8').split('\n').length,
    ]);
  });

  it('ends with code 3 for a damaged export and a foreign key, and with 2 or 1 for what is not one', async () => {
    const key = audit('public-key.txt');
    const text = readFileSync(at('log.ndjson'), 'utf8');
    const damaged = async (change: string): Promise<readonly [number, string]> => {
      writeFileSync(at('damaged.ndjson'), change);
      const { code, out } = await cli('verify', at('damaged.ndjson'), '--public-key', key);
      return [code, out.split('\n', 1)[0] as string];
    };
    expect(await damaged(text.slice(0, 40_000))).toEqual([
      3,
      expect.stringMatching(/cut within line \d+\. \(DOCUMENT_CUT\)$/),
    ]);
    expect(await damaged(text.replace('"config_name":"coordination-c42"', '"config_name":"coordination-c43"'))).toEqual(
      [
        3,
        expect.stringMatching(
          /^NOT INTACT at position \d+: coordination-c42 version 1 was changed: .* \(EVENT_ALTERED\)$/,
        ),
      ],
    );
    const lines = text.split('\n');
    expect(await damaged(lines.filter((_, i) => i !== 50).join('\n'))).toEqual([
      3,
      'NOT INTACT at position 50: There is no event at position 50: the next one is at 51. (EVENT_MISSING)',
    ]);
    const stranger = (await openAuditFolder(at('stranger'))).signer.verifier.text;
    const foreign = await cli('verify', at('log.ndjson'), '--public-key', stranger);
    expect([foreign.code, foreign.out]).toEqual([
      3,
      expect.stringContaining('signed by another key than the one given'),
    ]);
    expect((await cli('verify', at('log.ndjson'), '--public-key', 'nonsense')).code).toBe(2);
    expect((await cli('verify', at('nowhere.ndjson'))).code).toBe(1);
    expect((await cli('verify', '--url', 'http://127.0.0.1:1')).code).toBe(1);
    expect((await cli('export', '--from', '0', '--out', at('x'))).code).toBe(2);
    const backwards = await cli('export', '--url', url, '--from', '9', '--to', '3', '--out', at('x'));
    expect([backwards.code, backwards.notes]).toEqual([2, expect.stringContaining('/to: must not be less than from')]);
  });

  it('names the event whose byte was flipped in the database, live and through the service, and exports nothing', async () => {
    const owner = await createPostgresDatabase({ url: postgres.url, poolSize: 1 });
    const flip = (from: string, to: string) =>
      owner.query(
        `${OWNER} UPDATE events SET data = replace(data, '${from}', '${to}') WHERE stream = 'coordination-c123'`,
      );
    await flip('c123', 'c124');
    const named = /^NOT INTACT at position \d+: coordination-c123 version 1 was changed/;
    for (const source of [
      ['--url', url],
      ['--database', postgres.url],
    ]) {
      const { code, out } = await cli('verify', ...source);
      expect([code, out]).toEqual([3, expect.stringMatching(named)]);
    }
    const exported = await cli('export', '--url', url, '--out', at('never.ndjson'));
    expect([exported.code, existsSync(at('never.ndjson')), existsSync(at('never.ndjson.part'))]).toEqual([
      3,
      false,
      false,
    ]);
    await flip('c124', 'c123');
    await owner.close();
    expect((await cli('verify', '--url', url)).code).toBe(0);
  });

  it('answers what was signed over HTTP, and shows metrics', async () => {
    const get = async (path: string) => app.inject({ method: 'GET', url: path });
    const { public_key, checkpoints } = (await get('/audit/checkpoints')).json<{
      public_key: string;
      checkpoints: { size: string; checkpoint: string; public_key: string }[];
    }>();
    expect(`${public_key}\n`).toBe(readFileSync(audit('public-key.txt'), 'utf8'));
    expect(checkpoints[0]).toMatchObject({ size: '300', public_key });
    expect((await get('/audit/checkpoints?limit=0')).statusCode).toBe(422);
    expect((await get('/audit/export?from=1e3')).statusCode).toBe(422);
    const proof = (await get('/audit/proof/later')).json<{ detail: string }>();
    expect(proof.detail).toContain('There is no coordination "later"');
    expect((await get('/metrics')).body).toMatch(/audit_checkpoints_total\{outcome="SIGNED"[^}]*\} 1/);
  });
});
