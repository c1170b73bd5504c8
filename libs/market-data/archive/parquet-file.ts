import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';

/** of what a file holds, in its own metadata */
const VERSION_KEY = 'version';

export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The answer of a query as a Parquet file: under its name there is the file of before or the new one, whole and on the
 * disk, whenever the machine stops.
 */
export async function writeParquet(
  duckdb: DuckDBConnection,
  query: string,
  file: string,
  version: string,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const unfinished = `${file}.unfinished`;
  try {
    await duckdb.run(
      `copy (${query}) to ${sqlText(unfinished)}
       (format parquet, compression zstd, kv_metadata {${VERSION_KEY}: ${sqlText(version)}})`,
    );
    await flush(unfinished);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await flush(dirname(file));
}

/** null where there is no file, or none that can be read */
export async function parquetVersion(duckdb: DuckDBConnection, file: string): Promise<string | null> {
  try {
    const answer = await duckdb.runAndReadAll(
      `select decode(value) from parquet_kv_metadata(${sqlText(file)}) where decode(key) = ${sqlText(VERSION_KEY)}`,
    );
    const version = answer.getRows()[0]?.[0];
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
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
