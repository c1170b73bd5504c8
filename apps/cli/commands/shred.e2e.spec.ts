import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CoordinationResponse } from '#domain';
import type { ApiKey, SqlDatabase } from '#platform';
import { type TestPostgres, withPostgres } from '#testing';
import { samplePortfolio, sampleRequest, sampleSignal } from '../../command/e2e/sample-request.js';
import { cli } from '../cli.fixture.js';
import { type AuditedService, openAuditedService } from './audited-service.fixture.js';

const SECRET = 'ada-lovelaces-secret';
const ACTOR = 'grace.hopper';
const PERSONAL = new RegExp(`${SECRET}|${ACTOR}|ada\\.lovelace`);

interface Recorded {
  readonly events: readonly {
    readonly type: string;
    readonly metadata: { readonly actor: string };
    readonly data: { readonly request?: { readonly signals: readonly { readonly metadata?: object }[] } };
  }[];
}

const apiKey = (name: string, scopes: ApiKey['scopes']): ApiKey => ({
  name,
  scopes,
  hash: createHash('sha256').update(`key-of-${name}`).digest(),
});

describe('coordination shred', () => {
  const [events, reads] = [withPostgres(), withPostgres()];
  // within another, so that it ends before its databases do
  describe('of a service', () => describeShred(events, reads));
});

function describeShred(events: TestPostgres, reads: TestPostgres): void {
  const dir = mkdtempSync(join(tmpdir(), 'shred-'));
  const at = (name: string): string => join(dir, name);
  const keys = [
    apiKey(ACTOR, ['coordinate', 'read', 'audit', 'operate']),
    apiKey('ada.lovelace', ['coordinate', 'read']),
  ];
  const messages: string[] = [];
  let keysUsed = 0;
  let owner: SqlDatabase;
  let readSide: SqlDatabase;
  let service: AuditedService;
  let [main, other] = ['', ''];

  const as = (name: string) => ({ authorization: `Bearer key-of-${name}` });
  const post = (path: string, payload: object, name = ACTOR, headers = {}) =>
    service.app.inject({ method: 'POST', url: path, payload, headers: { ...as(name), ...headers } });
  const get = async <T>(path: string) =>
    (await service.app.inject({ method: 'GET', url: path, headers: as(ACTOR) })).json<T>();
  const coordinate = async (portfolio_id: string): Promise<string> => {
    const request = sampleRequest({
      signals: [0, 1, 2].map((n) => sampleSignal(n, { metadata: { client: SECRET, ticket: n } })),
      portfolio_state: { ...samplePortfolio(), portfolio_id },
    });
    const answer = await post('/coordinate', request, ACTOR, {
      'idempotency-key': `key-${portfolio_id}-${keysUsed++}`,
    });
    expect([answer.statusCode, PERSONAL.test(answer.body)]).toEqual([201, false]);
    return answer.json<CoordinationResponse>().coordination_id;
  };
  /** every row of every table, but those of named ones */
  const dump = async (db: SqlDatabase, except: readonly string[] = []): Promise<string> => {
    const tables = await db.query<{ name: string }>(
      `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND NOT tablename = ANY ($1) ORDER BY 1`,
      [except],
    );
    let all = '';
    for (const { name } of tables) all += JSON.stringify(await db.query(`SELECT * FROM ${name}`));
    return all;
  };

  beforeAll(async () => {
    process.env['COORDINATION_API_KEY'] = `key-of-${ACTOR}`;
    [owner, readSide] = [await events.open(), await reads.open()];
    service = await openAuditedService(owner, events.url, readSide, dir, keys);
    for (const topic of ['log_advanced', 'coordination_completed']) {
      await service.bus.subscribe(topic, 'spec', async ({ payload, properties }) => {
        messages.push(payload + JSON.stringify(properties));
      });
    }
    [main, other] = [await coordinate('main'), await coordinate('other')];
  });
  afterAll(async () => {
    delete process.env['COORDINATION_API_KEY'];
    await service.close();
    rmSync(dir, { recursive: true });
  });

  const recorded = (id: string) => get<Recorded>(`/audit/streams/coordination-${id}`);
  const url = (): readonly string[] => ['--url', service.url];

  it('nothing personal is anywhere but sealed: not in tables, read models, caches, messages', async () => {
    while (!(await dump(readSide)).includes(other)) await new Promise((wake) => setTimeout(wake, 20));
    expect(await dump(readSide)).not.toMatch(PERSONAL);
    // whose an idempotency key is
    expect(await dump(owner)).not.toContain(SECRET);
    expect(await dump(owner, ['idempotency_records'])).not.toMatch(PERSONAL);
    expect(await dump(owner)).toContain('sealed:1:');
    expect(JSON.stringify(messages)).not.toMatch(PERSONAL);
    expect(messages.length).toBeGreaterThan(0);
  });

  it('who has the scope audit reads it', async () => {
    for (const id of [main, other]) {
      const [requested, completed] = (await recorded(id)).events;
      expect([requested?.metadata.actor, completed?.metadata.actor]).toEqual([ACTOR, ACTOR]);
      expect(requested?.data.request?.signals[2]?.metadata).toEqual({ client: SECRET, ticket: 2 });
    }
    const path = `/audit/streams/coordination-${main}`;
    const refused = await service.app.inject({ method: 'GET', url: path, headers: as('ada.lovelace') });
    expect(refused.statusCode).toBe(403);
    expect(
      (await service.app.inject({ method: 'GET', url: '/audit/streams/none', headers: as(ACTOR) })).statusCode,
    ).toBe(404);
  });

  it('asks to be meant, by who may operate, and names whom', async () => {
    expect((await cli('shred', '--portfolio', 'main', ...url())).code).toBe(2);
    expect((await cli('shred', '--yes', ...url())).code).toBe(2);
    expect((await post('/personal-data/shred', { portfolio_id: 'main' }, 'ada.lovelace')).statusCode).toBe(403);
    for (const body of [{}, { portfolio_id: 7 }, { portfolio_id: '' }, { portfolio: 'main' }]) {
      expect((await post('/personal-data/shred', body)).statusCode).toBe(422);
    }
    expect((await cli('shred', '--portfolio', 'nobody', '--yes', ...url())).out).toContain(
      'there was nothing to shred',
    );
  });

  it('makes a portfolio’s fields unreadable, and every hash, proof, export, replay and problem holds', async () => {
    const key = ['--public-key', at('audit/public-key.txt')];
    const proof = await cli('verify', '--coordination', main, ...url());
    writeFileSync(at('proof.json'), proof.out);
    expect(proof.out).not.toMatch(PERSONAL);
    expect((await cli('export', '--out', at('before.ndjson'), ...url())).code).toBe(0);
    const problem = await get(`/coordination/${main}/problem`);
    const archived = await cli('archive', '--before', '3', '--to', at('archive'), '--database', events.url);
    expect(archived.code).toBe(0);

    const { code, out } = await cli('shred', '--portfolio', 'main', '--yes', '--json', ...url());
    expect([code, JSON.parse(out)]).toEqual([0, { tenant: 'default', portfolio_id: 'main', keys: 1 }]);
    const [requested, completed] = (await recorded(main)).events;
    expect([requested?.metadata.actor, completed?.metadata.actor]).toEqual(['[shredded]', '[shredded]']);
    expect(requested?.data.request?.signals.map(({ metadata }) => metadata)).toEqual(
      [0, 1, 2].map(() => ({ sealed: '[shredded]' })),
    );
    expect((await recorded(other)).events[0]?.metadata.actor).toBe(ACTOR);

    expect((await cli('verify', ...url(), ...key)).code).toBe(0);
    expect((await cli('verify', '--proof', at('proof.json'), ...key)).code).toBe(0);
    expect((await cli('verify', at('before.ndjson'), ...key)).code).toBe(0);
    for (const file of readdirSync(at('archive')))
      expect((await cli('verify', join(at('archive'), file))).code).toBe(0);
    expect((await cli('export', '--format', 'parquet', '--out', at('after.parquet'), ...url())).code).toBe(0);
    const replayed = await cli('replay', ...url());
    expect([replayed.code, replayed.out]).toEqual([0, expect.stringContaining('2 coordinations')]);
    expect(await get(`/coordination/${main}/problem`)).toEqual(problem);
    expect((await cli('rebuild', 'read-models', '--watch', ...url())).code).toBe(0);
  });

  it('makes everything of a tenant unreadable, who asked for replays included', async () => {
    expect(await dump(owner, ['idempotency_records'])).toMatch(ACTOR);
    expect(await dump(owner, ['replays'])).toMatch(ACTOR);
    const { out } = await cli('shred', '--tenant', 'default', '--yes', ...url());
    expect(out).toContain('everything of the tenant "default": 1 keys are destroyed');
    expect((await recorded(other)).events[0]?.metadata.actor).toBe('[shredded]');
    expect(await dump(owner)).not.toMatch(PERSONAL);
    const again = await coordinate('main');
    expect((await recorded(again)).events[0]?.metadata.actor).toBe(ACTOR);
  });
}
