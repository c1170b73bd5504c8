import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';

export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export interface ParquetFileOptions {
  /** texts that the file keeps beside its rows */
  readonly metadata: Readonly<Record<string, string>>;
  /** default that of DuckDB, 122,880: fewer where rows are long and single ones are looked up */
  readonly rowGroupRows?: number;
}

/**
 * The answer of a query as a Parquet file: under its name there is the file of before or the new one, whole and on the
 * disk, whenever the machine stops.
 */
export async function writeParquet(
  duckdb: DuckDBConnection,
  query: string,
  file: string,
  { metadata, rowGroupRows }: ParquetFileOptions,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  const texts = Object.entries(metadata).map(([name, text]) => `${name}: ${sqlText(text)}`);
  const rowGroup = rowGroupRows === undefined ? '' : `, row_group_size ${rowGroupRows}`;
  try {
    await duckdb.run(
      `copy (${query}) to ${sqlText(unfinished)}
       (format parquet, compression zstd, kv_metadata {${texts.join(', ')}}${rowGroup})`,
    );
    await flush(unfinished);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await flush(dirname(file));
}

/** One of the texts beside the rows; null where the file has none of that name. Rejects where it cannot be read. */
export async function readParquetMetadata(
  duckdb: DuckDBConnection,
  file: string,
  name: string,
): Promise<string | null> {
  const answer = await duckdb.runAndReadAll(
    `select decode(value) from parquet_kv_metadata(${sqlText(file)}) where decode(key) = ${sqlText(name)}`,
  );
  const text = answer.getRows()[0]?.[0];
  return typeof text === 'string' ? text : null;
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // folders cannot be flushed on Windows
    if (process.platform !== 'win32') throw error;
  } finally {
    await handle.close();
  }
}
