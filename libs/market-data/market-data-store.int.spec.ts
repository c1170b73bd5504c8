import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres, withTimescale } from '#testing';
import { barsOf, demoMarket, type DailyBar, MarketDataStore, runBarPolicies, sliceDays } from './index.js';
import { type BarColumns, dayNumber } from './storage/bar-columns.js';
import { readVersions } from './storage/versions.js';

function aMarketDataStore(open: () => Promise<SqlDatabase>): void {
  let db: SqlDatabase;
  let store: MarketDataStore;

  beforeAll(async () => {
    db = await open();
    await migrate(db, migrationsFolder('market-data'), { lockKey: 1 });
    store = new MarketDataStore(db);
  });

  beforeEach(async () => {
    for (const table of ['bars', 'price_adjustments', 'market_instruments', 'market_data_versions']) {
      await db.query(`delete from ${table}`);
    }
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
    expect(await store.extent()).toEqual({ instruments: 2, bars: 3, firstDay: '2024-01-02', lastDay: '2024-01-03' });
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

  it('counts what is new, what is corrected and what was there, and raises the versions of the years that change', async () => {
    const keys = await store.createInstruments(['A', 'B']);
    const [a, b] = [keys.get('A') as number, keys.get('B') as number];
    const columns = (rows: readonly (readonly [number, string, number, number])[]): BarColumns => ({
      count: rows.length,
      instrument: Int32Array.from(rows, ([key]) => key),
      day: Int32Array.from(rows, ([, day]) => dayNumber(day) as number),
      close: Float64Array.from(rows, ([, , close]) => close),
      volume: Float64Array.from(rows, ([, , , volume]) => volume),
    });
    const writer = store.barWriter();
    const first = columns([
      [a, '1969-12-31', 1.5, NaN],
      [b, '2024-01-02', 0.1 + 0.2, 100],
    ]);
    expect(await writer.write(first)).toEqual({ inserted: 2, corrected: 0, unchanged: 0 });
    expect(await writer.write(first)).toEqual({ inserted: 0, corrected: 0, unchanged: 2 });
    const second = columns([
      [a, '1969-12-31', 1.5, 7],
      [b, '2024-01-02', 0.1 + 0.2, 100],
      [b, '2024-01-03', 5, 0],
    ]);
    expect(await writer.write(second)).toEqual({ inserted: 1, corrected: 1, unchanged: 1 });
    expect(await writer.write(columns([[b, '2023-01-03', 5, NaN]]))).toMatchObject({ inserted: 1 });
    expect(await writer.write(columns([[b, '2023-01-04', 5, NaN]]))).toMatchObject({ inserted: 1 });
    expect(await db.query('select instrument_id, day::text, close, volume from daily_bars order by day')).toEqual([
      { instrument_id: 'A', day: '1969-12-31', close: 1.5, volume: 7 },
      { instrument_id: 'B', day: '2023-01-03', close: 5, volume: null },
      { instrument_id: 'B', day: '2023-01-04', close: 5, volume: null },
      { instrument_id: 'B', day: '2024-01-02', close: 0.1 + 0.2, volume: 100 },
      { instrument_id: 'B', day: '2024-01-03', close: 5, volume: 0 },
    ]);
    expect(await readVersions(db)).toEqual(
      new Map([
        ['1969', '2'],
        ['2023', '2'],
        ['2024', '2'],
      ]),
    );
  });

  it('reads bars in the terms of the day asked for: adjusted for the splits until then', async () => {
    await store.upsertBars([
      bar('A', '2024-01-02', 400, 10),
      bar('A', '2024-01-03', 100, 40),
      bar('A', '2024-01-04', 51, 80),
      bar('B', '2024-01-02', 7, null),
    ]);
    const changed = await store.writeAdjustments([
      { instrument_id: 'A', day: '2024-01-03', ratio: 4 },
      { instrument_id: 'A', day: '2024-01-04', ratio: 2 },
      { instrument_id: 'A', day: '2024-01-04', price_factor: 0.5 },
      { instrument_id: 'B', day: '2023-01-01', ratio: 10 },
    ]);
    expect(changed).toBe(4);
    expect(await store.writeAdjustments([{ instrument_id: 'A', day: '2024-01-03', ratio: 4 }])).toBe(0);
    const read = async (asOf: string) => {
      const { instruments, close, volume } = await store.readMatrix(asOf, 5);
      return { instruments, close: [...close], volume: [...volume] };
    };
    expect(await read('2024-01-03')).toEqual({
      instruments: ['A', 'B'],
      close: [100, 7, 100, NaN],
      volume: [40, NaN, 40, NaN],
    });
    expect(await read('2024-01-04')).toMatchObject({
      close: [25, 7, 25, NaN, 51, NaN],
      volume: [80, NaN, 80, NaN, 80, NaN],
    });
    await store.writeAdjustments([{ instrument_id: 'A', day: '2024-01-04', price_factor: 1 }]);
    expect((await read('2024-01-04')).close).toEqual([50, 7, 50, NaN, 51, NaN]);
    expect((await readVersions(db)).get('adjustments')).toBe('2');
  });

  it('removes what is older than it is to be kept, and compresses old chunks of a hypertable', async () => {
    const bars = ['2018-03-01', '2019-03-01', '2024-03-01', '2024-06-03'].map((day) => bar('A', day, 10));
    await store.upsertBars(bars);
    const keep = { compressAfterDays: 400, retentionDays: 0 };
    const first = await runBarPolicies(db, keep, '2024-06-03');
    expect([first.compressedChunks > 0, first.trimmedYears]).toEqual([first.hypertable, []]);
    expect(await runBarPolicies(db, keep, '2024-06-03')).toEqual({ ...first, compressedChunks: 0 });
    // compressed bars are corrected and read as any others
    await store.upsertBars([bar('A', '2018-03-01', 11), bar('A', '2018-03-02', 12)]);
    expect([...(await store.readMatrix('2018-03-05', 9)).close]).toEqual([11, 12]);
    const { trimmedYears } = await runBarPolicies(db, { compressAfterDays: 0, retentionDays: 3 * 365 }, '2024-06-03');
    expect(trimmedYears).toEqual([2018, 2019]);
    expect(await store.extent()).toMatchObject({ bars: 2, firstDay: '2024-03-01' });
    expect([...(await readVersions(db)).keys()]).toEqual(['2024']);
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
      `select hypertable_name::text from timescaledb_information.hypertables where hypertable_name = 'bars'`,
    );
    expect(rows).toHaveLength(1);
  });
});
