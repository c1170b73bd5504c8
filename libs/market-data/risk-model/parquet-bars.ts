import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText } from '#platform';
import type { BarMatrix } from '../bars.js';
import { adjustMatrix } from '../storage/adjust-matrix.js';
import type { AdjustmentFactor } from '../storage/adjustments.js';

/**
 * The bars of a folder of Parquet files (see BarArchive), as `MarketDataStore.readMatrix` gives them from the store, bit by bit: DuckDB
 * only finds and orders rows, every number is computed here.
 *
 * @param asOf YYYY-MM-DD, nothing after it
 * @param days the newest days at most
 */
export async function readParquetMatrix(folder: string, asOf: string, days: number): Promise<BarMatrix> {
  // a folder that was just made has no files yet, which DuckDB takes for an error
  const years = await readdir(join(folder, 'bars')).catch(() => []);
  if (!years.some((name) => name.startsWith('year=')))
    return { days: [], instruments: [], close: new Float64Array(), volume: new Float64Array() };
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const duckdb = await instance.connect();
  try {
    const matrix = await readRows(duckdb, join(folder, 'bars', 'year=*', '*.parquet'), asOf, days);
    adjustMatrix(matrix, await readFactors(duckdb, join(folder, 'splits.parquet')), asOf);
    return matrix;
  } finally {
    duckdb.closeSync();
    instance.closeSync();
  }
}

async function readRows(duckdb: DuckDBConnection, files: string, asOf: string, count: number): Promise<BarMatrix> {
  await duckdb.run(
    `create view bars as select instrument_id, day, close, volume from read_parquet(${sqlText(files)}, hive_partitioning = false)
     where day <= cast(${sqlText(asOf)} as date)`,
  );
  await duckdb.run(`create table newest as select distinct day from bars order by day desc limit ${count}`);
  const days = await texts(duckdb, 'select cast(day as varchar) from newest order by day');
  await duckdb.run(
    `create table named as select instrument_id, cast(row_number() over (order by instrument_id) - 1 as integer) as i
     from (select distinct instrument_id from bars where day >= (select min(day) from newest))`,
  );
  const instruments = await texts(duckdb, 'select instrument_id from named order by i');
  await duckdb.run(
    'create table numbered as select day, cast(row_number() over (order by day) - 1 as integer) as t from newest',
  );
  const close = new Float64Array(days.length * instruments.length).fill(NaN);
  const volume = new Float64Array(close.length).fill(NaN);
  const rows = await duckdb.stream(
    'select t, i, close, volume from bars join numbered using (day) join named using (instrument_id)',
  );
  for (let chunk = await rows.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await rows.fetchChunk()) {
    const [t, i, closes, volumes] = [0, 1, 2, 3].map((column) => chunk.getColumnVector(column));
    for (let row = 0; row < chunk.rowCount; row++) {
      const cell = (t?.getItem(row) as number) * instruments.length + (i?.getItem(row) as number);
      close[cell] = closes?.getItem(row) as number;
      volume[cell] = (volumes?.getItem(row) as number | null) ?? NaN;
    }
  }
  return { days, instruments, close, volume };
}

async function texts(duckdb: DuckDBConnection, query: string): Promise<string[]> {
  const answer = await duckdb.runAndReadAll(query);
  return answer.getRows().map(([value]) => value as string);
}

/** none where there is no such file */
async function readFactors(duckdb: DuckDBConnection, file: string): Promise<AdjustmentFactor[]> {
  const found = await duckdb.runAndReadAll(`select count(*) from glob(${sqlText(file)})`);
  if (Number(found.getRows()[0]?.[0]) === 0) return [];
  const answer = await duckdb.runAndReadAll(
    `select instrument_id, cast(day as varchar), price_factor, volume_factor from read_parquet(${sqlText(file)})
     order by instrument_id, day`,
  );
  return answer.getRows().map(([instrument_id, day, price_factor, volume_factor]) => ({
    instrument_id: instrument_id as string,
    day: day as string,
    price_factor: price_factor as number,
    volume_factor: volume_factor as number,
  }));
}
