import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SqlDatabase } from '#platform';
import { withPostgres, withTimescale } from '#testing';
import { barsOf, demoMarket, type DailyBar, MarketDataStore, sliceDays } from './index.js';

const SCHEMA = readFileSync(join(process.cwd(), 'migrations', 'market-data', '0001-bars.sql'), 'utf8');

function aMarketDataStore(open: () => Promise<SqlDatabase>): void {
  let db: SqlDatabase;
  let store: MarketDataStore;

  beforeAll(async () => {
    db = await open();
    await db.query(SCHEMA);
    store = new MarketDataStore(db);
  });

  beforeEach(async () => {
    await db.query('delete from daily_bars');
    await db.query('delete from market_instruments');
  });

  const bar = (instrument_id: string, day: string, close: number, volume: number | null = 100): DailyBar => ({
    instrument_id,
    day,
    close,
    volume,
  });

  it('is empty at first', async () => {
    expect(await store.extent()).toEqual({ instruments: 0, bars: 0, firstDay: null, lastDay: null });
    const matrix = await store.readMatrix('2024-01-31', 10);
    expect([matrix.days, matrix.instruments, matrix.close.length]).toEqual([[], [], 0]);
  });

  it('keeps an instrument once, with the newest facts and nothing for what is unknown', async () => {
    await store.upsertInstruments([{ instrument_id: 'B', sector: 'Energy', lot_size: 10 }, { instrument_id: 'A' }]);
    await store.upsertInstruments([{ instrument_id: 'B', name: 'Bee', sector: 'Utilities', half_spread: 0.0002 }]);
    expect(await store.instruments()).toEqual([
      { instrument_id: 'A' },
      { instrument_id: 'B', name: 'Bee', sector: 'Utilities', half_spread: 0.0002 },
    ]);
  });

  it('keeps a bar once: the same again changes nothing, another close of the day replaces it', async () => {
    const bars = [bar('A', '2024-01-02', 10), bar('A', '2024-01-03', 11, null), bar('B', '2024-01-03', 5)];
    expect(await store.upsertBars(bars)).toBe(3);
    expect(await store.upsertBars(bars)).toBe(3);
    await store.upsertBars([bar('A', '2024-01-03', 12), bar('A', '2024-01-03', 13)]);
    expect(await store.extent()).toEqual({ instruments: 0, bars: 3, firstDay: '2024-01-02', lastDay: '2024-01-03' });
    const matrix = await store.readMatrix('2024-01-03', 5);
    expect(matrix.days).toEqual(['2024-01-02', '2024-01-03']);
    expect(matrix.instruments).toEqual(['A', 'B']);
    expect([...matrix.close]).toEqual([10, NaN, 13, 5]);
    expect([...matrix.volume]).toEqual([100, NaN, 100, 100]);
  });

  it('reads the newest days on or before a day, and nothing after it', async () => {
    await store.upsertBars(['2024-01-02', '2024-01-03', '2024-01-04'].map((day, t) => bar('A', day, 10 + t)));
    const matrix = await store.readMatrix('2024-01-03', 1);
    expect([matrix.days, [...matrix.close]]).toEqual([['2024-01-03'], [11]]);
  });

  it('refuses a price that is not positive, and keeps the batch whole', async () => {
    await expect(store.upsertBars([bar('A', '2024-01-02', 10), bar('A', '2024-01-03', -1)])).rejects.toThrow(/close/);
    expect((await store.extent()).bars).toBe(0);
  });

  it('gives back a whole market as it was stored', async () => {
    const bars = sliceDays(demoMarket().bars, 500, 756);
    const batches: number[] = [];
    await store.upsertBars(barsOf(bars), (written) => batches.push(written));
    expect(batches[batches.length - 1]).toBe(256 * 200);
    const matrix = await store.readMatrix(bars.days[255] as string, 100);
    expect(matrix.days).toEqual(bars.days.slice(156));
    expect(matrix.instruments).toEqual([...bars.instruments].sort());
    const ownColumn = new Map(bars.instruments.map((id, i) => [id, i]));
    const row = matrix.instruments.map((id, i) => [
      matrix.close[99 * 200 + i],
      bars.close[255 * 200 + (ownColumn.get(id) as number)],
    ]);
    for (const [stored, original] of row) expect(stored).toBe(original);
  });
}

describe('a market data store on Postgres', () => {
  const server = withPostgres();
  aMarketDataStore(() => server.open());
});

describe('a market data store on TimescaleDB', () => {
  const timescale = withTimescale();
  aMarketDataStore(async () => timescale.db);

  it('keeps the bars in a hypertable', async () => {
    const rows = await timescale.db.query(
      `select hypertable_name::text from timescaledb_information.hypertables where hypertable_name = 'daily_bars'`,
    );
    expect(rows).toHaveLength(1);
  });
});
