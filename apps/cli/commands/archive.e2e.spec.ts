import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import type { CoordinationResponse } from '#domain';
import type { SqlDatabase } from '#platform';
import { type TestPostgres, withPostgres } from '#testing';
import { sampleMarketModel } from '../../command/e2e/sample-market-model.js';
import { samplePortfolio, sampleRequest, sampleSignal } from '../../command/e2e/sample-request.js';
import { PublishMarketModel } from '../../command/market-model/publish-market-model.js';
import { cli } from '../cli.fixture.js';
import { type AuditedService, openAuditedService } from './audited-service.fixture.js';

interface Problem {
  readonly type: string;
  readonly detail: string;
}

/** The service as the application, which owns nothing, and the command line beside it, which archives as the owner. */
describe('coordination archive', () => {
  const [events, reads] = [withPostgres(), withPostgres()];
  // within another, so that it ends before its databases do
  describe('of a service', () => describeArchive(events, reads));
});

function describeArchive(events: TestPostgres, reads: TestPostgres): void {
  const dir = mkdtempSync(join(tmpdir(), 'archive-'));
  const at = (name: string): string => join(dir, name);
  const files = (): string[] => readdirSync(at('archive')).sort();
  const ids: string[] = [];
  let owner: SqlDatabase;
  let service: AuditedService;
  let key: readonly string[];
  let url: string;
  let store: AuditedService['store'];

  beforeAll(async () => {
    owner = await events.open();
    service = await openAuditedService(owner, events.url, await reads.open(), dir);
    ({ url, store } = service);
    key = ['--public-key', at('audit/public-key.txt')];
    await put('/portfolios/main/state', samplePortfolio());
    const context = { actor: 'test', correlationId: 'test', startedAt: 0 };
    await service.app.get(CommandBus).execute(new PublishMarketModel(sampleMarketModel(1), context));
    await put('/configurations/named', { risk_aversion: 5 });
    const { signals, as_of } = sampleRequest({ signals: [0, 1, 2, 3, 4, 5].map((n) => sampleSignal(n)) });
    for (let i = 0; i < 3; i++) {
      await coordinate({ signals, as_of, portfolio_id: 'main', config_name: 'named' });
      await coordinate({ ...sampleRequest(), portfolio_state: { ...samplePortfolio(), portfolio_id: 'other' } });
    }
  });

  afterAll(async () => {
    await service.close();
    rmSync(dir, { recursive: true });
  });

  const put = async (path: string, payload: object) =>
    expect((await service.app.inject({ method: 'PUT', url: path, payload })).statusCode).toBeLessThan(300);
  const post = (path: string, payload: object, headers = {}) =>
    service.app.inject({ method: 'POST', url: path, payload, headers });
  const get = (path: string) => service.app.inject({ method: 'GET', url: path });
  const coordinate = async (request: object): Promise<void> => {
    const answer = await post('/coordinate', request);
    ids.push(answer.json<CoordinationResponse>().coordination_id);
  };
  const archive = (...args: string[]) => cli('archive', '--to', at('archive'), '--database', events.url, ...args);
  // the others are read by replays and exports alone: single events are kept in memory once they were read
  const shown = (): string[] => ids.slice(0, 4);
  const moved = async (): Promise<number> =>
    (await owner.query<{ n: number }>('SELECT count(*)::int AS n FROM events WHERE data IS NULL'))[0]?.n ?? 0;
  const last = async (): Promise<number> => Number(await store.lastPosition());

  it('moves nothing that no checkpoint covers, nothing for who does not own it, and nothing without a bound', async () => {
    const unsigned = await archive('--before', '2099-01-01');
    expect([unsigned.code, unsigned.notes]).toEqual([1, expect.stringContaining('No checkpoint of the log is signed')]);
    await cli('verify', '--coordination', ids[0] as string, '--url', url);
    const foreign = await cli('archive', '--before', '5', '--to', at('archive'), '--database', service.applicationUrl);
    expect([foreign.code, foreign.notes]).toEqual([1, expect.stringContaining('does not own the events')]);
    expect((await archive('--before', 'yesterday')).code).toBe(2);
    expect((await cli('archive', '--before', '5', '--to', at('archive'))).code).toBe(2);
    const early = await archive('--before', '2001-01-01');
    expect([early.code, early.out, early.notes]).toEqual([0, '', expect.stringContaining('nothing to archive')]);
    expect(await moved()).toBe(0);
  });

  it('moves old events to files that verify by themselves', async () => {
    const problems = await Promise.all(shown().map(async (id) => (await get(`/coordination/${id}/problem`)).body));
    writeFileSync(at('problems.json'), JSON.stringify(problems));
    expect((await cli('export', '--url', url, '--out', at('before.ndjson'))).code).toBe(0);
    const { code, out } = await archive('--before', '9', '--file-events', '5', ...key);
    expect([code, out.split('\n').length - 1, await moved()]).toEqual([0, 2, 8]);
    expect(files()).toEqual(['events-000000000001-000000000005.parquet', 'events-000000000006-000000000008.parquet']);
    const rest = await archive('--before', '2099-01-01', ...key);
    expect([rest.code, await moved()]).toEqual([0, await last()]);
    for (const file of files()) {
      const verified = await cli('verify', join(at('archive'), file), ...key);
      expect([verified.code, verified.out]).toEqual([
        0,
        expect.stringMatching(/^Intact: events \d+ to \d+ .*\n.* confirm/),
      ]);
    }
    const listed = (await get('/audit/archives')).json<{ archives: { from: string; to: string; file: string }[] }>();
    expect(listed.archives.map(({ from, file }) => [from, file])).toEqual(
      files().map((file, i) => [['1', '6', '9'][i], file]),
    );
  });

  it('and verifies, exports, proves, replays and shows what is in them as before', async () => {
    expect((await cli('verify', '--url', url, ...key)).code).toBe(0);
    expect((await cli('verify', '--database', events.url, ...key)).code).toBe(0);
    expect((await cli('export', '--url', url, '--out', at('after.ndjson'))).code).toBe(0);
    expect(readFileSync(at('after.ndjson'), 'utf8')).toBe(readFileSync(at('before.ndjson'), 'utf8'));
    expect((await cli('export', '--url', url, '--format', 'parquet', '--out', at('after.parquet'))).code).toBe(0);
    expect((await cli('verify', at('after.parquet'), ...key)).out).toContain(`Intact: events 1 to ${await last()} `);

    const proof = await cli('verify', '--coordination', ids[1] as string, '--url', url);
    writeFileSync(at('proof.json'), proof.out);
    expect((await cli('verify', '--proof', at('proof.json'), ...key)).code).toBe(0);

    expect(await cli('replay', '--url', url)).toMatchObject({
      code: 0,
      out: expect.stringContaining('6 coordinations') as string,
    });
    const other = await cli('replay', '--url', url, '--portfolio', 'other', '--json');
    expect([other.code, JSON.parse(other.out)]).toEqual([
      0,
      expect.objectContaining({ progress: expect.objectContaining({ done: 3, total: 3 }) as object }),
    ]);
    const problems = JSON.parse(readFileSync(at('problems.json'), 'utf8')) as string[];
    for (const [i, id] of shown().entries()) expect((await get(`/coordination/${id}/problem`)).body).toBe(problems[i]);
  });

  it('rebuilds the read models from the files', async () => {
    const rebuilt = await cli('rebuild', 'read-models', '--watch', '--url', url);
    expect([rebuilt.code, rebuilt.out]).toEqual([0, expect.stringContaining('is live')]);
  });

  it('takes new events, with the versions, the keys and the inputs of before', async () => {
    const again = { 'idempotency-key': 'once' };
    const { signals, as_of } = sampleRequest();
    const request = { signals, as_of, portfolio_id: 'main', config_name: 'named' };
    const first = await post('/coordinate', request, again);
    expect(first.statusCode).toBe(201);
    expect((await cli('verify', '--coordination', ids[0] as string, '--url', url)).code).toBe(0);
    await put('/configurations/named', { risk_aversion: 6 });
    await archive('--before', '2099-01-01');
    expect((await post('/coordinate', request, again)).body).toBe(first.body);
    expect(await store.readStream('configuration-named')).toHaveLength(2);
    expect((await cli('verify', '--url', url, ...key)).code).toBe(0);
  });

  it('names the file that is not there or was changed, and skips nothing', async () => {
    const file = files()[2] as string;
    const path = join(at('archive'), file);
    copyFileSync(path, at('kept.parquet'));
    const answers = async () => {
      // a reader that has not read it yet
      const verified = await cli('verify', '--database', events.url);
      const job = await cli('replay', '--url', url);
      const rebuilt = await cli('rebuild', 'read-models', '--watch', '--url', url);
      const exported = await cli(
        'export',
        '--database',
        events.url,
        '--format',
        'parquet',
        '--out',
        at('never.parquet'),
      );
      return [verified, job, rebuilt, exported].map(({ code, out, notes }) => [code, `${out}${notes}`] as const);
    };
    const named = expect.stringContaining(file) as string;
    renameSync(path, at('elsewhere.parquet'));
    expect(await answers()).toEqual([
      [3, named],
      [1, named],
      [1, named],
      [3, named],
    ]);
    expect((await cli('verify', path)).code).toBe(1);

    const bytes = readFileSync(at('kept.parquet'));
    bytes.fill(0, 100, Math.floor(bytes.length / 2));
    writeFileSync(path, bytes);
    for (const command of ['verify', 'replay']) {
      const { code, out, notes } = await cli(command, '--url', url);
      expect([code === 0, `${out}${notes}`]).toEqual([false, named]);
    }
    const damaged = await cli('verify', path);
    expect([damaged.code, `${damaged.out}${damaged.notes}`]).toEqual([3, named]);
    copyFileSync(at('kept.parquet'), path);
    expect((await cli('verify', '--url', url, ...key)).code).toBe(0);
  });

  it('is done by the service too, one file a request, which signs the log first', async () => {
    await coordinate(sampleRequest());
    await coordinate(sampleRequest());
    const files = Math.ceil(((await last()) - (await moved())) / 3);
    const { code, out } = await cli('archive', '--before', '2099-01-01', '--file-events', '3', '--url', url);
    expect([code, out.split('\n').length - 1, await moved()]).toEqual([0, files, await last()]);
    for (const body of [
      {},
      { before_position: 0 },
      { before_time: 'x' },
      { before_time: '2025-01-01T00:00:00Z', before_position: 1 },
    ]) {
      expect((await post('/audit/archives', body)).statusCode).toBe(422);
    }
    expect((await cli('verify', '--url', url, ...key)).code).toBe(0);
  });

  it('answers 503 with the name of the file to who asks for what is in it', async () => {
    await coordinate(sampleRequest());
    expect((await cli('verify', '--coordination', ids.at(-1) as string, '--url', url)).code).toBe(0);
    await archive('--before', '2099-01-01');
    const file = files().at(-1) as string;
    renameSync(join(at('archive'), file), at('elsewhere.parquet'));
    const answer = await get(`/coordination/${ids.at(-1) as string}/problem`);
    expect([answer.statusCode, answer.json<Problem>()]).toEqual([
      503,
      expect.objectContaining({
        type: '/problems/archive-unreadable',
        detail: expect.stringContaining(`${file}, which is not there`) as string,
      }),
    ]);
    // another folder may have it
    const elsewhere = ['--archive-dir', at('moved')];
    renameSync(at('archive'), at('moved'));
    renameSync(at('elsewhere.parquet'), join(at('moved'), file));
    expect((await cli('verify', '--database', events.url)).code).toBe(3);
    expect((await cli('verify', '--database', events.url, ...elsewhere)).code).toBe(0);
  });
}
