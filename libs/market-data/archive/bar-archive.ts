import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { readParquetMetadata, type SqlDatabase, type SqlExecutor, writeParquet } from '#platform';
import { readAdjustments } from '../storage/adjustments.js';
import { ADJUSTMENTS_PART, readVersions } from '../storage/versions.js';

/** of what a file holds, in its own metadata */
const VERSION_KEY = 'version';

/** What a run of the archive did, by part: years, and `adjustments`. */
export interface ArchiveReport {
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/**
 * The bars of a market-data store as Parquet, for scans over history by DuckDB or anybody else:
 *
 *     bars/year=2024/bars.parquet   instrument_id VARCHAR, day DATE, close DOUBLE, volume DOUBLE; as traded, by instrument and day
 *     splits.parquet                instrument_id VARCHAR, day DATE, price_factor DOUBLE, volume_factor DOUBLE
 *
 * A close is in today's terms when it is multiplied by the price factors of all later days of its instrument. The files are
 * a copy that can be made again from the store at any time, so nothing is acknowledged by them; each is replaced as a whole.
 * One process writes a folder.
 */
export class BarArchive {
  /** of the files, as far as they were looked at */
  private readonly versions = new Map<string, string>();
  private running: Promise<ArchiveReport> | null = null;
  private next: Promise<ArchiveReport> | null = null;

  constructor(
    private readonly database: SqlDatabase,
    readonly folder: string,
  ) {}

  /** Writes the parts that have changed since, and only those. What was stored before the call is in the files after it. */
  sync(): Promise<ArchiveReport> {
    if (this.running === null) {
      this.running = this.run().finally(() => (this.running = null));
      return this.running;
    }
    // a run under way may have passed by what was stored meanwhile: all who ask now share the one after it
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = null;
        return this.sync();
      });
    return this.next;
  }

  private async run(): Promise<ArchiveReport> {
    await mkdir(join(this.folder, 'bars'), { recursive: true });
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      memory_limit: '1GB',
      autoinstall_known_extensions: 'false',
    });
    const duckdb = await instance.connect();
    try {
      const wanted = await readVersions(this.database);
      const written: string[] = [];
      for (const part of [...new Set([...wanted.keys(), ADJUSTMENTS_PART])].sort()) {
        if ((await this.versionOf(duckdb, part)) === (wanted.get(part) ?? '0')) continue;
        await this.write(duckdb, part);
        written.push(part);
      }
      return { written, removed: await this.removeExcept(wanted) };
    } finally {
      duckdb.closeSync();
      instance.closeSync();
    }
  }

  private async versionOf(duckdb: DuckDBConnection, part: string): Promise<string | null> {
    const known = this.versions.get(part) ?? (await versionInFile(duckdb, this.fileOf(part)));
    if (known !== null) this.versions.set(part, known);
    return known;
  }

  private async write(duckdb: DuckDBConnection, part: string): Promise<void> {
    this.versions.delete(part);
    // rows and version of one moment, while imports go on
    const version = await this.database.transaction(async (transaction) => {
      await transaction.query('set transaction isolation level repeatable read, read only');
      const current = (await readVersions(transaction)).get(part) ?? '0';
      if (part === ADJUSTMENTS_PART) await loadAdjustments(duckdb, transaction);
      else await loadYear(duckdb, transaction, Number(part));
      return current;
    });
    await writeParquet(duckdb, 'select * from part order by instrument_id, day', this.fileOf(part), {
      metadata: { [VERSION_KEY]: version },
    });
    await duckdb.run('drop table part');
    this.versions.set(part, version);
  }

  /** Years that the store has no bars of any more. */
  private async removeExcept(wanted: ReadonlyMap<string, string>): Promise<string[]> {
    const folders = await readdir(join(this.folder, 'bars'));
    const gone = folders.flatMap((name) => {
      const year = /^year=(\d+)$/.exec(name)?.[1];
      return year === undefined || wanted.has(year) ? [] : [year];
    });
    for (const year of gone) {
      await rm(join(this.folder, 'bars', `year=${year}`), { recursive: true });
      this.versions.delete(year);
    }
    return gone;
  }

  private fileOf(part: string): string {
    if (part === ADJUSTMENTS_PART) return join(this.folder, 'splits.parquet');
    return join(this.folder, 'bars', `year=${part}`, 'bars.parquet');
  }
}

/** null where there is no file, or none that can be read */
const versionInFile = (duckdb: DuckDBConnection, file: string): Promise<string | null> =>
  readParquetMetadata(duckdb, file, VERSION_KEY).catch(() => null);

async function loadAdjustments(duckdb: DuckDBConnection, executor: SqlExecutor): Promise<void> {
  await duckdb.run('create table part (instrument_id varchar, day date, price_factor double, volume_factor double)');
  const appender = await duckdb.createAppender('part');
  const { DuckDBDateValue } = await import('@duckdb/node-api');
  for (const row of await readAdjustments(executor)) {
    appender.appendVarchar(row.instrument_id);
    appender.appendDate(new DuckDBDateValue(Date.parse(row.day) / 86_400_000));
    appender.appendDouble(row.price_factor);
    appender.appendDouble(row.volume_factor);
    appender.endRow();
  }
  appender.closeSync();
}

/** Month by month: the rows of a whole year of a large market need not be in this process at once. */
async function loadYear(duckdb: DuckDBConnection, executor: SqlExecutor, year: number): Promise<void> {
  await duckdb.run('create table part (instrument_id varchar, day date, close double, volume double)');
  const appender = await duckdb.createAppender('part');
  const { DuckDBDateValue } = await import('@duckdb/node-api');
  for (let month = 1; month <= 12; month++) {
    const rows = await executor.query<{ id: string; day: number; close: number; volume: number | null }>(
      `select instrument_id as id, day - date '1970-01-01' as day, close, volume
       from bars join market_instruments using (instrument_key)
       where day >= make_date($1::int, $2::int, 1) and day < make_date($1::int, $2::int, 1) + interval '1 month'`,
      [year, month],
    );
    for (const { id, day, close, volume } of rows) {
      appender.appendVarchar(id);
      appender.appendDate(new DuckDBDateValue(day));
      appender.appendDouble(close);
      if (volume === null) appender.appendNull();
      else appender.appendDouble(volume);
      appender.endRow();
    }
    appender.flushSync();
  }
  appender.closeSync();
}
