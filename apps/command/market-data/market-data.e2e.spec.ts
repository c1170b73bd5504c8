import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IngestReport, MarketDataStore } from '#market-data';
import { withPostgres } from '#testing';
import { type MarketDataApp, openMarketDataApp } from './market-data-app.fixture.js';

interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  readonly rejected_total?: number;
}

describe('market data over HTTP', () => {
  const server = withPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'market-data-'));
  let app: MarketDataApp;
  let store: MarketDataStore;
  let url: string;

  beforeAll(async () => {
    app = await openMarketDataApp(await server.open(), folder);
    ({ url, store } = app);
  });
  beforeEach(() => app.clear());
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  const send = async <T>(method: 'POST' | 'PUT', path: string, body: string, type = 'application/json') => {
    const answer = await fetch(`${url}/market-data/${path}`, { method, body, headers: { 'content-type': type } });
    return { status: answer.status, body: (await answer.json()) as T };
  };
  const postBars = <T = IngestReport>(body: string, query = '', type = 'application/x-ndjson') =>
    send<T>('POST', `bars${query}`, body, type);
  const line = (instrument_id: string, day: string, close: number, volume?: number): string =>
    `${JSON.stringify({ instrument_id, day, close, volume })}\n`;

  it('tells instruments, imports their bars and lists what is no bar', async () => {
    const instruments = [
      { instrument_id: 'A', sector: 'Energy', lot_size: 10, adv: 5e5, delisted_on: '2024-05-31' },
      { instrument_id: 'B' },
    ];
    expect(await send('PUT', 'instruments', JSON.stringify(instruments))).toEqual({
      status: 200,
      body: { instruments: 2 },
    });
    expect(await store.instruments()).toEqual(instruments);
    const text =
      line('A', '2024-01-03', 11, 7) +
      line('B', '2024-01-02', -1) +
      line('A', '2024-01-02', 10) +
      line('C', '2024-01-02', 1);
    const first = await postBars(text);
    expect(first).toMatchObject({ status: 200, body: { rows: 4, accepted: 2, inserted: 2, rejected_total: 2 } });
    expect(first.body.rejected.map(({ line, pointer }) => [line, pointer])).toEqual([
      [2, '/close'],
      [4, '/instrument_id'],
    ]);
    expect((await postBars(text)).body).toMatchObject({ inserted: 0, corrected: 0, unchanged: 2, rejected_total: 2 });
    const corrected = await postBars(line('A', '2024-01-02', 10.5), '?create_instruments=false');
    expect(corrected.body).toMatchObject({ inserted: 0, corrected: 1, unchanged: 0 });
    expect([...(await store.readMatrix('2024-12-31', 9)).close]).toEqual([10.5, 11]);
  });

  it('imports CSV with what it is told to ignore and to create', async () => {
    const text = '\ufeffday;instrument_id;open;close;volume\r\n2024-01-02;A;9;10.5;100\r\n2024-01-03;A;9;abc;\r\n';
    const { status, body } = await postBars(
      text,
      '?create_instruments=true&ignore=open,high',
      'text/csv; charset=utf-8',
    );
    expect([status, body.inserted, body.instruments_created, body.rejected[0]?.line]).toEqual([200, 1, 1, 3]);
  });

  it('scales what is before a split that is told late', async () => {
    await postBars(line('A', '2024-01-02', 400, 10) + line('A', '2024-01-03', 101, 40), '?create_instruments=true');
    const split = JSON.stringify([{ instrument_id: 'A', day: '2024-01-03', ratio: 4 }]);
    expect((await send('POST', 'splits', split)).body).toEqual({ splits: 1, changed: 1 });
    expect((await send('POST', 'splits', split)).body).toEqual({ splits: 1, changed: 0 });
    const { close, volume } = await store.readMatrix('2024-01-03', 9);
    expect([[...close], [...volume]]).toEqual([
      [100, 101],
      [40, 40],
    ]);
  });

  it.each<[string, string, string, string, number, RegExp]>([
    ['bars as JSON', 'bars', '[]', 'application/json', 415, /x-ndjson or text\/csv/],
    ['bars as a spreadsheet', 'bars', 'PK\u0003\u0004', 'text/csv', 415, /spreadsheet/],
    ['bars without a row', 'bars', '\n', 'application/x-ndjson', 422, /at least one row/],
    ['an unknown column', 'bars', 'instrument_id,day,close,open\n', 'text/csv', 422, /open is not a column/],
    ['another separator', 'bars', 'instrument_id:day:close\n', 'text/csv', 422, /separated by ":"/],
    ['an unknown parameter', 'bars?what=1', '{}\n', 'application/x-ndjson', 422, /what/],
    [
      'a parameter that is no truth value',
      'bars?create_instruments=yes',
      '{}\n',
      'application/x-ndjson',
      422,
      /create_instruments/,
    ],
    [
      'a file without a single bar',
      'bars',
      '{}\n[]\n',
      'application/x-ndjson',
      422,
      /None of 2 rows.*nothing was stored.*Line 1/,
    ],
    [
      'a split of an unknown instrument',
      'splits',
      '[{"instrument_id":"Q","day":"2024-01-02","ratio":2}]',
      'application/json',
      422,
      /"Q".*not known/,
    ],
    [
      'a split by nothing',
      'splits',
      '[{"instrument_id":"Q","day":"2024-01-02"}]',
      'application/json',
      422,
      /\/0\/ratio/,
    ],
    [
      'a split of 0',
      'splits',
      '[{"instrument_id":"Q","day":"2024-01-02","ratio":0}]',
      'application/json',
      422,
      /\/0\/ratio/,
    ],
    ['splits as CSV', 'splits', 'a,b\n', 'text/csv', 415, /./],
  ])('refuses %s and stores nothing', async (_, path, body, type, status, detail) => {
    const answer = await send<Problem>('POST', path, body, type);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringMatching(detail)]);
    expect(await store.extent()).toMatchObject({ bars: 0, instruments: 0 });
  });

  it('answers a long file that it does not read to its end', async () => {
    const header = await send<Problem>(
      'POST',
      'bars',
      `instrument_id,day,price\n${'A,2024-01-02,1\n'.repeat(500_000)}`,
      'text/csv',
    );
    expect([header.status, header.body.detail]).toEqual([422, expect.stringContaining('price is not a column')]);
    const rows = Array.from({ length: 1_000 }, (_, i) => line('A', '2024-01-02', i + 1)).join('');
    const long = await postBars<Problem>(rows + `\n`.repeat(50_000_001 - rows.length), '?create_instruments=true');
    expect([long.status, long.body.detail]).toEqual([413, expect.stringContaining('1000 rows before it are stored')]);
    expect((await store.extent()).bars).toBe(1);
  });

  it.each([
    ['twice the same', [{ instrument_id: 'A' }, { instrument_id: 'A' }], '/1/instrument_id'],
    ['an unknown fact', [{ instrument_id: 'A', colour: 'red' }], '/0/colour'],
    ['a spread of 2', [{ instrument_id: 'A', half_spread: 2 }], '/0/half_spread'],
    ['a day that is none', [{ instrument_id: 'A', delisted_on: '2024-02-30' }], '/0/delisted_on'],
    ['no list', { instrument_id: 'A' }, ''],
  ])('refuses instruments with %s', async (_, body, pointer) => {
    const answer = await send<Problem>('PUT', 'instruments', JSON.stringify(body));
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
    expect((await store.extent()).instruments).toBe(0);
  });

  it('keeps whole batches of an import that its sender breaks off, and completes it when it is sent again', async () => {
    const ids = Array.from({ length: 100 }, (_, i) => `I${i}`);
    await store.upsertInstruments(ids.map((instrument_id) => ({ instrument_id })));
    const days = Array.from({ length: 700 }, (_, t) => new Date(Date.UTC(2020, 0, 1 + t)).toISOString().slice(0, 10));
    const text = days.map((day, t) => ids.map((id, i) => line(id, day, 10 + t + i)).join(''));
    const sending = httpRequest(`${url}/market-data/bars`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
    });
    sending.on('error', () => undefined);
    sending.write(text.slice(0, 550).join(''));
    while ((await store.extent()).bars < 40_000) await sleep(20);
    sending.destroy();
    await sleep(200);
    expect((await store.extent()).bars).toBe(40_000);
    const { body } = await postBars(text.join(''));
    expect(body).toMatchObject({ rows: 70_000, inserted: 30_000, corrected: 0, unchanged: 40_000, rejected_total: 0 });
    expect((await store.extent()).bars).toBe(70_000);
  });

  it('lets two imports of the same bars run side by side', async () => {
    const text = Array.from({ length: 30_000 }, (_, r) =>
      line(`I${r % 50}`, new Date(Date.UTC(2022, 0, 1 + Math.floor(r / 50))).toISOString().slice(0, 10), 10 + r),
    ).join('');
    const answers = await Promise.all([1, 2].map(() => postBars(text, '?create_instruments=true')));
    expect(answers.map(({ status, body }) => [status, body.accepted, body.corrected])).toEqual([
      [200, 30_000, 0],
      [200, 30_000, 0],
    ]);
    expect((await store.extent()).bars).toBe(30_000);
  });

  it('keeps Parquet of what was imported, counts rows and describes itself', async () => {
    await postBars(line('A', '2019-01-02', 400), '?create_instruments=true');
    const file = join(folder, 'bars', 'year=2019', 'bars.parquet');
    while (!existsSync(file)) await sleep(50);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^market_data_rows_total\{outcome="inserted"\} [1-9]/m);
    expect(metrics).toMatch(/^market_data_imports_total\{outcome="FAILED"\} 1$/m);
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
      paths: Record<string, { post?: { description: string; requestBody: { content: object } } }>;
    };
    const bars = paths['/market-data/bars']?.post;
    expect(bars?.description).toContain('Idempotency-Key');
    expect(Object.keys(bars?.requestBody.content ?? {})).toEqual(['application/x-ndjson', 'text/csv']);
  });
});
