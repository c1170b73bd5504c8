import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { IngestReport } from '#market-data';
import { withPostgres } from '#testing';
import { type MarketDataApp, openMarketDataApp } from '../../command/market-data/market-data-app.fixture.js';
import { cli } from '../cli.fixture.js';

describe('coordination import', () => {
  const server = withPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'import-'));
  let app: MarketDataApp;

  beforeAll(async () => {
    app = await openMarketDataApp(await server.open(), join(folder, 'parquet'));
  });
  beforeEach(() => app.clear());
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
    return path;
  };
  const run = (...args: string[]) => cli('import', ...args, '--url', app.url);
  const closes = async () => [...(await app.store.readMatrix('2024-12-31', 9)).close];

  it('imports a folder of closes, volumes and sectors, again without a change', async () => {
    file('market/prices.csv.gz', 'date,A,"B,1"\n2024-01-02,10,\n2024-01-03,11.5,0.1\n');
    file('market/volumes.csv', 'date,A\n2024-01-03,500\n');
    file('market/sectors.csv', 'ticker,name,sector\nA,Ann,Energy\n');
    const first = await run(join(folder, 'market'), '--json');
    expect([first.code, JSON.parse(first.out)]).toMatchObject([0, { rows: 3, inserted: 3, instruments_created: 1 }]);
    expect(first.notes).toContain('import: 3 of 3 rows');
    expect(await app.store.instruments()).toEqual([
      { instrument_id: 'A', name: 'Ann', sector: 'Energy' },
      { instrument_id: 'B,1' },
    ]);
    expect(await closes()).toEqual([10, NaN, 11.5, 0.1]);
    const again = await run(join(folder, 'market'));
    expect(again.out).toMatch(
      /market: 3 rows of 2024-01-02 to 2024-01-03 in [\d.]+ s .*\n +0 inserted, 0 corrected, 3 unchanged/,
    );
  });

  it.each([
    ['CSV', 'long.csv', 'instrument_id;day;open;close\nA;2024-01-02;9;10\nB;2024-01-02;9;11\n'],
    ['compressed CSV', 'long.csv.gz', 'instrument_id,day,open,close\nA,2024-01-02,9,10\nB,2024-01-02,9,11\n'],
    [
      'NDJSON',
      'long.jsonl',
      '\n{"instrument_id":"A","day":"2024-01-02","close":10}\n{"instrument_id":"B","day":"2024-01-02","close":11}',
    ],
    ['wide CSV', 'wide.csv', 'date,A,B\n2024-01-02,10,11\n'],
  ])('imports a file of %s', async (_, name, text) => {
    const { code, out } = await run(file(name, text), '--create-instruments', '--ignore', 'open', '--json');
    expect([code, (JSON.parse(out) as IngestReport).inserted]).toEqual([0, 2]);
    expect(await closes()).toEqual([10, 11]);
  });

  it('names rejected rows by line, with code 2, and keeps the others', async () => {
    await app.store.upsertInstruments([{ instrument_id: 'A' }]);
    const path = file('bad.csv', 'instrument_id,day,close\nA,2024-01-02,0\nA,2024-01-03,10\nZ,2024-01-03,10\n');
    const { code, out, notes } = await run(path);
    expect([code, out]).toEqual([2, expect.stringContaining('1 inserted, 0 corrected')]);
    expect(notes).toMatch(
      /2 of 3 rows are no bars:\n {2}line 2\/close: is 0; accepted is .*\n {2}line 4\/instrument_id: is "Z"/,
    );
    expect(await closes()).toEqual([10]);
  });

  it.each([
    ['columns that are not those of bars', 'columns.csv', 'ticker,when,price\nA,2024-01-02,1\n', 2, /day is missing/],
    ['a wide file with a bad price', 'wide-bad.csv', 'date,A\n2024-01-02,-1\n', 2, /line 2, column A/],
    ['an empty file', 'empty.csv', '', 2, /at least one row/],
  ])('refuses %s', async (_, name, text, expected, message) => {
    const { code, notes } = await run(file(name, text));
    expect([code, notes]).toEqual([expected, expect.stringMatching(message)]);
  });

  it('says what is wrong with a path or a compressed file, with code 1', async () => {
    expect(await run(join(folder, 'absent.csv'))).toMatchObject({
      code: 1,
      notes: expect.stringContaining('ENOENT') as string,
    });
    mkdirSync(join(folder, 'nothing'), { recursive: true });
    expect((await run(join(folder, 'nothing'))).notes).toContain('has neither prices.csv nor prices.csv.gz');
    const rows = Array.from({ length: 100_000 }, (_, i) => `A,2024-01-02,${Math.sqrt(i + 1)}\n`).join('');
    const path = file('cut.csv.gz', '');
    writeFileSync(path, gzipSync(`instrument_id,day,close\n${rows}`).subarray(0, 600_000));
    const cut = await run(path, '--create-instruments');
    expect([cut.code, cut.notes]).toEqual([
      1,
      expect.stringMatching(/cut\.csv\.gz cannot be read to its end: unexpected end of file/),
    ]);
  });

  it('says so where nothing answers, or something else does', async () => {
    const path = file('some.csv', 'instrument_id,day,close\nA,2024-01-02,1\n');
    const nobody = await cli('import', path, '--url', 'http://127.0.0.1:1');
    expect([nobody.code, nobody.notes]).toEqual([1, expect.stringContaining('nothing answers at http://127.0.0.1:1/')]);
    const other = createServer((_, reply) => reply.writeHead(404).end('no'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { code } = await cli('import', path, '--url', `http://127.0.0.1:${(other.address() as AddressInfo).port}`);
    other.close();
    expect(code).toBe(2);
  });
});
