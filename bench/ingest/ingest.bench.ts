import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { IngestReport } from '#market-data';
import { createPostgresDatabase, openEmbeddedTimescale, type SqlDatabase, startEmbeddedPostgres } from '#platform';
import { type MarketDataApp, openMarketDataApp } from '../../apps/command/market-data/market-data-app.fixture.js';
import { type Bench, type BenchCase, quantile } from '../bench.js';
import { type BenchRows, benchRows } from './rows.js';

const ROUNDS = 3;
const DAYS = 600;
const TIMESCALE_DAYS = 60;

/** what the rows are copied into */
const PLAIN_TABLES = [
  { peer_name: 'COPY, keyed table', key: ', primary key (instrument_id, day)' },
  { peer_name: 'COPY, table without a key', key: '' },
] as const;

/**
 * Daily bars from the first byte of a request to its answer, everything stored, beside a plain COPY of the same rows into a plain table on the same server.
 * The service parses, checks, finds repeats and keeps an index by day and instrument. The embedded TimescaleDB, which can
 * not COPY, is a case of its own. Parquet files are written after the answer, and not here.
 */
export const bench: Bench = {
  name: 'ingest',
  async run(emit) {
    const dir = await mkdtemp(join(tmpdir(), 'bench-ingest-'));
    const server = await startEmbeddedPostgres({ dir: join(dir, 'postgres') });
    const db = await createPostgresDatabase({ url: server.url });
    const timescale = await openEmbeddedTimescale({ dir: join(dir, 'timescale') });
    try {
      await measure(emit, await openMarketDataApp(db, null), db, DAYS, '');
      const embedded = await openMarketDataApp(timescale, null);
      await measure(emit, embedded, db, TIMESCALE_DAYS, 'embedded TimescaleDB, ');
    } finally {
      await db.close();
      await timescale.close();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** @param plain the server that rows are copied on */
async function measure(
  emit: (result: BenchCase) => void,
  app: MarketDataApp,
  plain: SqlDatabase,
  days: number,
  prefix: string,
): Promise<void> {
  const rows = benchRows(days);
  const rates = { ndjson: [] as number[], csv: [] as number[], again: [] as number[] };
  const copies = PLAIN_TABLES.map((): number[] => []);
  try {
    // the first round warms up; ours and the peers in turn, so that what else the machine does falls on all
    for (let round = 0; round <= ROUNDS; round++) {
      const [ndjson, again] = await importTwice(app, rows, rows.ndjson, 'application/x-ndjson');
      const [csv] = await importTwice(app, rows, rows.csv, 'text/csv');
      const copied: number[] = [];
      for (const { key } of PLAIN_TABLES) copied.push(await copyRate(plain, rows, key));
      if (round === 0) continue;
      rates.ndjson.push(ndjson);
      rates.again.push(again);
      rates.csv.push(csv);
      copied.forEach((rate, i) => copies[i]?.push(rate));
    }
  } finally {
    await app.close();
  }
  const cases = [
    ['NDJSON', rates.ndjson],
    ['CSV', rates.csv],
    ['NDJSON, nothing new', rates.again],
  ] as const;
  for (const [name, ours] of cases) {
    for (const [i, { peer_name }] of PLAIN_TABLES.entries()) {
      const measured = { case: `${prefix}${name}`, metric: 'rate', unit: 'rows/s', peer_name };
      emit({ ...measured, ours: quantile(ours, 0.5), peer: quantile(copies[i] as number[], 0.5) });
    }
  }
}

/** Rows a second of new rows, and of the same once more. */
async function importTwice(
  app: MarketDataApp,
  rows: BenchRows,
  pieces: readonly Buffer[],
  type: string,
): Promise<[number, number]> {
  await app.clear();
  await app.store.upsertInstruments(rows.instruments);
  const first = await importRate(app, rows, pieces, type, 'inserted');
  return [first, type === 'text/csv' ? NaN : await importRate(app, rows, pieces, type, 'unchanged')];
}

async function importRate(
  app: MarketDataApp,
  rows: BenchRows,
  pieces: readonly Buffer[],
  type: string,
  became: 'inserted' | 'unchanged',
): Promise<number> {
  const begun = performance.now();
  const report = await post(`${app.url}/market-data/bars`, pieces, type);
  const seconds = (performance.now() - begun) / 1000;
  if (report[became] !== rows.count) throw new Error(`not every row was ${became}: ${JSON.stringify(report)}`);
  return rows.count / seconds;
}

async function post(url: string, pieces: readonly Buffer[], type: string): Promise<IngestReport> {
  const sending = request(url, { method: 'POST', headers: { 'content-type': type } });
  const answered = new Promise<string>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (answer) => {
      let text = '';
      answer.on('data', (data: Buffer) => (text += data.toString()));
      answer.on('end', () => resolve(text));
    });
  });
  await pipeline(Readable.from(pieces), sending);
  return JSON.parse(await answered) as IngestReport;
}

async function copyRate(db: SqlDatabase, rows: BenchRows, key: string): Promise<number> {
  await db.query('drop table if exists plain_bars');
  await db.query(
    `create table plain_bars (instrument_id varchar(20) not null, day date not null, close double precision not null,
                              volume double precision${key})`,
  );
  const begun = performance.now();
  await db.transaction(async (transaction) => {
    if (transaction.copyIn === undefined) throw new Error('the peer is a server that copies');
    await transaction.copyIn('copy plain_bars from stdin (format csv)', rows.copy);
  });
  return rows.count / ((performance.now() - begun) / 1000);
}
