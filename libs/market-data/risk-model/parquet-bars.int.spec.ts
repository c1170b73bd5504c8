import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalJson } from '#domain';
import { migrate, migrationsFolder } from '#platform';
import { withPostgres } from '#testing';
import { BarArchive, barsOf, demoMarket, MarketDataStore, selectInstruments } from '../index.js';
import { loadPolarsPreparer } from '../preparation/polars-preparer.js';
import { typescriptPreparer } from '../preparation/typescript-preparer.js';
import { buildReportedModel } from './build-reported-model.js';
import { readParquetMatrix } from './parquet-bars.js';

describe('bars from Parquet', () => {
  const server = withPostgres();
  const folder = mkdtempSync(join(tmpdir(), 'parquet-bars-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are those of the store, and so is the model, byte for byte', async () => {
    const db = await server.open();
    await migrate(db, migrationsFolder('market-data'), { lockKey: 1 });
    const store = new MarketDataStore(db);
    const market = demoMarket();
    const ids = market.bars.instruments.filter((_, i) => i % 8 === 0);
    const volume = market.bars.volume.map((value, at) => (at % 97 === 0 ? NaN : value));
    await store.upsertInstruments(market.instruments.filter(({ instrument_id }) => ids.includes(instrument_id)));
    await store.upsertBars(barsOf(selectInstruments({ ...market.bars, volume }, ids)));
    await store.writeAdjustments([
      { instrument_id: ids[0] as string, day: '2024-05-01', ratio: 3 },
      { instrument_id: ids[0] as string, day: '2024-09-02', ratio: 7 },
      { instrument_id: ids[1] as string, day: '2025-06-20', price_factor: 0.93 },
      { instrument_id: ids[1] as string, day: '2025-06-24', ratio: 2 },
    ]);
    expect(await readParquetMatrix(folder, '2025-06-20', 500)).toMatchObject({ days: [], instruments: [] });
    await new BarArchive(db, folder).sync();

    for (const [asOf, days] of [
      ['2025-06-20', 500],
      ['2024-08-18', 100],
      ['2030-01-01', 10_000],
      ['1999-01-01', 10],
    ] as const) {
      expect(await readParquetMatrix(folder, asOf, days)).toEqual(await store.readMatrix(asOf, days));
    }
    const instruments = await store.instruments();
    const fromStore = { bars: await store.readMatrix('2025-06-20', 500), instruments };
    const fromFiles = { bars: await readParquetMatrix(folder, '2025-06-20', 500), instruments };
    const polars = await loadPolarsPreparer();
    expect(canonicalJson(buildReportedModel(fromFiles, polars))).toBe(
      canonicalJson(buildReportedModel(fromStore, polars)),
    );
    expect(buildReportedModel(fromFiles, polars).model).toEqual(
      buildReportedModel(fromStore, typescriptPreparer).model,
    );
  });
});
