import type { SqlDatabase, SqlExecutor } from '#platform';
import { raiseVersions } from './versions.js';

export interface BarPolicies {
  /** chunks wholly older than this many days are compressed, where bars are a hypertable; 0 for never */
  readonly compressAfterDays: number;
  /** bars older than this many days are removed; 0 keeps everything */
  readonly retentionDays: number;
}

/** What a run of the policies did. */
export interface PolicyReport {
  /** bars are in a hypertable: without one nothing is compressed */
  readonly hypertable: boolean;
  readonly compressedChunks: number;
  /** years of which bars were removed */
  readonly trimmedYears: readonly number[];
}

export async function barsAreHypertable(database: SqlExecutor): Promise<boolean> {
  const [extension] = await database.query(`select from pg_extension where extname = 'timescaledb'`);
  if (extension === undefined) return false;
  const rows = await database.query(
    `select from timescaledb_information.hypertables where hypertable_schema = current_schema() and hypertable_name = 'bars'`,
  );
  return rows.length === 1;
}

/**
 * Compresses and removes what is old. Run it now and then: it needs no background workers of the server, doing it twice
 * does nothing, and a hypertable, a plain table and the embedded TimescaleDB are treated alike.
 *
 * @param today YYYY-MM-DD
 */
export async function runBarPolicies(
  database: SqlDatabase,
  policies: BarPolicies,
  today: string,
): Promise<PolicyReport> {
  const hypertable = await barsAreHypertable(database);
  const trimmedYears =
    policies.retentionDays === 0 ? [] : await removeOld(database, hypertable, policies.retentionDays, today);
  const compressedChunks =
    policies.compressAfterDays === 0 || !hypertable
      ? 0
      : await compressOld(database, policies.compressAfterDays, today);
  return { hypertable, compressedChunks, trimmedYears };
}

/** Whole chunks at once from a hypertable, which leaves bars of up to a chunk's length more; single bars from a plain table. */
function removeOld(database: SqlDatabase, hypertable: boolean, days: number, today: string): Promise<number[]> {
  return database.transaction(async (transaction) => {
    const years = hypertable
      ? await dropChunks(transaction, days, today)
      : await transaction.query<{ year: number }>(
          `with gone as (delete from bars where day < $1::date - $2::int returning day)
           select distinct extract(year from day)::int as year from gone`,
          [today, days],
        );
    const trimmed = years.map(({ year }) => year).sort((a, b) => a - b);
    await raiseVersions(transaction, trimmed.map(String));
    // a year without bars is no part any more: whoever keeps a copy removes it
    await transaction.query(
      `delete from market_data_versions where part = any ($1::text[])
       and not exists (select from bars where day >= make_date(part::int, 1, 1) and day < make_date(part::int + 1, 1, 1))`,
      [trimmed.map(String)],
    );
    return trimmed;
  });
}

async function dropChunks(transaction: SqlExecutor, days: number, today: string): Promise<{ year: number }[]> {
  const dropped = await transaction.query<{ first: number; last: number }>(
    `select extract(year from c.range_start)::int as first, extract(year from c.range_end)::int as last
     from timescaledb_information.chunks c
     where c.hypertable_schema = current_schema() and c.hypertable_name = 'bars'
       and c.range_end <= $1::date - $2::int`,
    [today, days],
  );
  if (dropped.length === 0) return [];
  await transaction.query(`select drop_chunks('bars', older_than => $1::date - $2::int)`, [today, days]);
  const first = Math.min(...dropped.map((chunk) => chunk.first));
  const last = Math.max(...dropped.map((chunk) => chunk.last));
  return transaction.query<{ year: number }>(
    `select part::int as year from market_data_versions where part ~ '^[0-9]+$' and part::int between $1 and $2`,
    [first, last],
  );
}

async function compressOld(database: SqlDatabase, days: number, today: string): Promise<number> {
  const [settings] = await database.query<{ enabled: boolean }>(
    `select compression_enabled as enabled from timescaledb_information.hypertables
     where hypertable_schema = current_schema() and hypertable_name = 'bars'`,
  );
  if (settings?.enabled === false) {
    await database.query(
      `alter table bars set (timescaledb.compress, timescaledb.compress_segmentby = 'instrument_key',
                             timescaledb.compress_orderby = 'day')`,
    );
  }
  const chunks = await database.query<{ chunk: string }>(
    `select format('%I.%I', chunk_schema, chunk_name) as chunk from timescaledb_information.chunks
     where hypertable_schema = current_schema() and hypertable_name = 'bars' and not is_compressed
       and range_end <= $1::date - $2::int
     order by range_start`,
    [today, days],
  );
  for (const { chunk } of chunks) {
    await database.query(`select compress_chunk($1::regclass, if_not_compressed => true)`, [chunk]);
  }
  return chunks.length;
}
