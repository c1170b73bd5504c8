import type { SqlExecutor } from '#platform';
import { createAggregates, PERFORMANCE_AGGREGATES } from '../aggregates/performance-aggregates.js';
import type { ReadStorage } from '../storage.js';
import { PROJECTED_TABLES } from '../write/tables.js';

/** Everything that is a version's own: the rows, how far the log is folded into them, and what is parked. */
const VERSION_TABLES = [
  'projection_lanes',
  'projection_dead_letters',
  'performance_aggregates',
  ...PROJECTED_TABLES,
] as const;

/** The columns by which TimescaleDB partitions a table. */
interface Dimension {
  readonly table: string;
  readonly column: string;
  /** of time; null for a hash */
  readonly interval: string | null;
  readonly partitions: number | null;
}

/** Empty tables in a new schema, of the structure that the live ones have now, with the lanes at 0. */
export async function createVersionTables(
  transaction: SqlExecutor,
  live: string,
  schema: string,
  storage: Pick<ReadStorage, 'timescale' | 'aggregates'>,
): Promise<void> {
  await transaction.query(`CREATE SCHEMA ${schema}`);
  for (const table of VERSION_TABLES) {
    await transaction.query(`CREATE TABLE ${schema}.${table} (LIKE ${live}.${table} INCLUDING ALL)`);
  }
  if (storage.timescale) {
    for (const dimension of await readDimensions(transaction, live)) await partition(transaction, schema, dimension);
  }
  if (storage.aggregates) await createAggregates(transaction, schema);
  await transaction.query(
    `INSERT INTO ${schema}.projection_lanes (lane, position) SELECT lane, 0 FROM ${live}.projection_lanes`,
  );
}

/** Time first, as a hypertable begins with it. */
function readDimensions(transaction: SqlExecutor, schema: string): Promise<Dimension[]> {
  return transaction.query<Dimension>(
    `SELECT hypertable_name AS table, column_name AS column, time_interval::text AS interval,
            num_partitions::int4 AS partitions
     FROM timescaledb_information.dimensions
     WHERE hypertable_schema = $1 AND hypertable_name = ANY($2::text[])
     ORDER BY hypertable_name, dimension_number`,
    [schema, PROJECTED_TABLES],
  );
}

async function partition(transaction: SqlExecutor, schema: string, dimension: Dimension): Promise<void> {
  const { table, column, interval, partitions } = dimension;
  const name = `${schema}.${table}`;
  if (interval === null) {
    await transaction.query(`SELECT add_dimension($1::regclass, by_hash($2::name, $3::integer))`, [
      name,
      column,
      partitions,
    ]);
    return;
  }
  await transaction.query(
    `SELECT create_hypertable($1::regclass, by_range($2::name, $3::interval), create_default_indexes => false)`,
    [name, column, interval],
  );
}

export interface Exchange {
  readonly live: string;
  /** where the new tables are, and an empty schema remains */
  readonly from: string;
  /** where the live ones go; made here */
  readonly aside: string;
  readonly aggregates: boolean;
}

/** Puts the tables of one schema in the place of the live ones. The callers' transaction makes it one moment for everybody. */
export async function exchangeTables(transaction: SqlExecutor, exchange: Exchange): Promise<void> {
  const { live, from, aside, aggregates } = exchange;
  await transaction.query(`CREATE SCHEMA IF NOT EXISTS ${aside}`);
  for (const [source, target] of [
    [live, aside],
    [from, live],
  ] as const) {
    const tables = VERSION_TABLES.map((table) => `${source}.${table}`);
    await transaction.query(`LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
    for (const table of tables) await transaction.query(`ALTER TABLE ${table} SET SCHEMA ${target}`);
    if (!aggregates) continue;
    for (const { name } of PERFORMANCE_AGGREGATES) {
      await transaction.query(`ALTER MATERIALIZED VIEW ${source}.${name} SET SCHEMA ${target}`);
    }
  }
}

export interface TableChecksum {
  readonly table: string;
  readonly rows: number;
  /** sum over the rows of a 64-bit hash of each as text: the same in any order */
  readonly checksum: string;
}

/** Of every projected table of the schema, in one state where the transaction has one. */
export async function checksumTables(transaction: SqlExecutor, schema: string): Promise<readonly TableChecksum[]> {
  const checksums: TableChecksum[] = [];
  for (const table of PROJECTED_TABLES) {
    const [row] = await transaction.query<{ rows: number; checksum: string }>(
      `SELECT count(*)::float8 AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS checksum
       FROM ${schema}.${table} AS t`,
    );
    if (row !== undefined) checksums.push({ table, ...row });
  }
  return checksums;
}
