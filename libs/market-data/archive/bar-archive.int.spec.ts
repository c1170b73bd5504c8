import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { BarArchive, type DailyBar, MarketDataStore, runBarPolicies } from '../index.js';

describe('the Parquet archive', () => {
  const server = withPostgres();
  const root = mkdtempSync(join(tmpdir(), 'bar-archive-'));
  let folder: string;
  let db: SqlDatabase;
  let store: MarketDataStore;
  let archive: BarArchive;

  beforeAll(async () => {
    db = await server.open();
    await migrate(db, migrationsFolder('market-data'), { lockKey: 1 });
    store = new MarketDataStore(db);
  });
  beforeEach(async () => {
    for (const table of ['bars', 'price_adjustments', 'market_instruments', 'market_data_versions']) {
      await db.query(`delete from ${table}`);
    }
    folder = mkdtempSync(join(root, 'archive-'));
    archive = new BarArchive(db, folder);
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const bar = (instrument_id: string, day: string, close: number, volume: number | null = 100): DailyBar => ({
    instrument_id,
    day,
    close,
    volume,
  });
  const fileOf = (year: number): string => join(folder, 'bars', `year=${year}`, 'bars.parquet');
  const scan = async (sql: string): Promise<unknown[][]> => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const answer = await connection.runAndReadAll(sql);
    connection.closeSync();
    instance.closeSync();
    return answer.getRowsJson();
  };
  const scanBars = () =>
    scan(
      `select instrument_id, day, close, volume, year from read_parquet('${folder}/bars/**/*.parquet') order by 2, 1`,
    );

  it('has no bars at first, and no splits', async () => {
    expect(await archive.sync()).toEqual({ written: ['adjustments'], removed: [] });
    expect(await scan(`select count(*)::int from '${folder}/splits.parquet'`)).toEqual([[0]]);
    expect(readdirSync(join(folder, 'bars'))).toEqual([]);
  });

  it('holds the bars as stored, a file a year, and the adjustments beside them', async () => {
    await store.upsertBars([
      bar('B', '2024-01-02', 0.1 + 0.2),
      bar("A'", '2023-12-29', 5, null),
      bar("A'", '2024-12-31', 6),
      bar('B', '1969-07-20', 2),
    ]);
    await store.writeAdjustments([{ instrument_id: 'B', day: '2024-01-03', ratio: 4 }]);
    expect((await archive.sync()).written).toEqual(['1969', '2023', '2024', 'adjustments']);
    expect(await scanBars()).toEqual([
      ['B', '1969-07-20', 2, 100, '1969'],
      ["A'", '2023-12-29', 5, null, '2023'],
      ['B', '2024-01-02', 0.1 + 0.2, 100, '2024'],
      ["A'", '2024-12-31', 6, 100, '2024'],
    ]);
    const types = await scan(`select column_type from (describe select * from '${fileOf(2024)}')`);
    expect(types.flat().slice(0, 4)).toEqual(['VARCHAR', 'DATE', 'DOUBLE', 'DOUBLE']);
    expect(await scan(`select * from '${folder}/splits.parquet'`)).toEqual([['B', '2024-01-03', 0.25, 4]]);
  });

  it('rewrites the years that changed and no other, also after another start', async () => {
    await store.upsertBars([bar('A', '2023-01-03', 5), bar('A', '2024-01-03', 6)]);
    await archive.sync();
    const untouched = statSync(fileOf(2023)).mtimeMs;
    await store.upsertBars([bar('A', '2023-01-03', 5), bar('A', '2024-01-03', 7)]);
    expect(await archive.sync()).toEqual({ written: ['2024'], removed: [] });
    expect(await new BarArchive(db, folder).sync()).toEqual({ written: [], removed: [] });
    expect(statSync(fileOf(2023)).mtimeMs).toBe(untouched);
    expect((await scanBars()).map((row) => row[2])).toEqual([5, 7]);
  });

  it('passes by what a stopped process left, and writes again what does not read', async () => {
    await store.upsertBars([bar('A', '2023-01-03', 5), bar('A', '2024-01-03', 6)]);
    await archive.sync();
    writeFileSync(`${fileOf(2023)}.unfinished`, readFileSync(fileOf(2023)).subarray(0, 50));
    truncateSync(fileOf(2024), 80);
    expect((await new BarArchive(db, folder).sync()).written).toEqual(['2024']);
    expect((await scanBars()).map((row) => row[2])).toEqual([5, 6]);
    await store.upsertBars([bar('A', '2023-01-03', 8)]);
    await archive.sync();
    expect(existsSync(`${fileOf(2023)}.unfinished`)).toBe(false);
  });

  it('leaves the old file where writing fails', async () => {
    await store.upsertBars([bar('A', '2024-01-03', 6)]);
    await archive.sync();
    await store.upsertBars([bar('A', '2024-01-03', 7)]);
    await db.query('alter table bars rename to elsewhere');
    await expect(archive.sync()).rejects.toThrow(/bars/);
    expect((await scanBars()).map((row) => row[2])).toEqual([6]);
    await db.query('alter table elsewhere rename to bars');
    expect((await archive.sync()).written).toEqual(['2024']);
    expect((await scanBars()).map((row) => row[2])).toEqual([7]);
  });

  it('has what was stored before it was asked, whoever asks at once', async () => {
    await store.upsertBars([bar('A', '2024-01-03', 6)]);
    const first = archive.sync();
    await store.upsertBars([bar('A', '2024-01-03', 7)]);
    await Promise.all([first, archive.sync(), archive.sync()]);
    expect((await scanBars()).map((row) => row[2])).toEqual([7]);
  });

  it('lets go of years that are kept no longer', async () => {
    await store.upsertBars([bar('A', '2018-01-03', 6), bar('A', '2024-01-03', 7)]);
    await archive.sync();
    await runBarPolicies(db, { compressAfterDays: 0, retentionDays: 1000 }, '2024-06-03');
    expect(await archive.sync()).toEqual({ written: [], removed: ['2018'] });
    expect(readdirSync(join(folder, 'bars'))).toEqual(['year=2024']);
  });
});
