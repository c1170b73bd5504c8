import type { SqlDatabase, SqlExecutor } from '#platform';
import { refreshAggregates } from '../aggregates/performance-aggregates.js';
import { type LaneHold, readLanes } from '../lanes/lanes.js';
import type { ReadStorage } from '../storage.js';
import { withSchema } from './in-schema.js';
import { checksumTables, createVersionTables, exchangeTables, type TableChecksum } from './version-tables.js';

export interface ReadModelVersion {
  readonly version: number;
  /** BUILDING: being folded beside the live one. FORMER: was live before it, kept to go back to. */
  readonly state: 'BUILDING' | 'LIVE' | 'FORMER';
  /** RFC 3339 */
  readonly createdAt: string;
  readonly switchedAt: string | null;
}

interface TableComparison {
  readonly table: string;
  readonly live: Omit<TableChecksum, 'table'>;
  readonly built: Omit<TableChecksum, 'table'>;
  readonly equal: boolean;
}

export interface VersionComparison {
  readonly equal: boolean;
  /** of every lane in both versions */
  readonly positions: readonly string[];
  readonly tables: readonly TableComparison[];
}

export const schemaOf = (version: number): string => `read_models_v${version}`;

/** The tables of the query side in versions: see migrations/query. */
export class ReadModelVersions {
  constructor(
    private readonly database: SqlDatabase,
    /** the schema of the live version */
    private readonly live: string,
    private readonly storage: Pick<ReadStorage, 'timescale' | 'aggregates'>,
  ) {}

  /** Oldest first. */
  list(): Promise<readonly ReadModelVersion[]> {
    return this.database.query<ReadModelVersion>(
      `SELECT version, state, to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "createdAt",
              to_char(switched_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "switchedAt"
       FROM projection_versions ORDER BY version`,
    );
  }

  /** Makes empty tables of the next version, or finds those that were begun. */
  beginBuilding(): Promise<number> {
    return this.database.transaction(async (transaction) => {
      const [begun] = await transaction.query<{ version: number }>(
        `SELECT version FROM projection_versions WHERE state = 'BUILDING' FOR UPDATE`,
      );
      if (begun !== undefined) return begun.version;
      const [made] = await transaction.query<{ version: number }>(
        `INSERT INTO projection_versions (version, state)
         SELECT max(version) + 1, 'BUILDING' FROM projection_versions RETURNING version`,
      );
      if (made === undefined) throw new Error('There is no live version of the read models.');
      await createVersionTables(transaction, this.live, schemaOf(made.version), this.storage);
      return made.version;
    });
  }

  /** Drops what was built. */
  async dropBuilding(): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const dropped = await transaction.query<{ version: number }>(
        `DELETE FROM projection_versions WHERE state = 'BUILDING' RETURNING version`,
      );
      for (const { version } of dropped) await transaction.query(`DROP SCHEMA ${schemaOf(version)} CASCADE`);
    });
  }

  /**
   * Checksums of every table of both in one snapshot, which holds nobody up. Null where their lanes are not at the same
   * positions in it: the live ones moved on meanwhile.
   */
  compare(version: number): Promise<VersionComparison | null> {
    const schema = schemaOf(version);
    return this.database.transaction(async (transaction) => {
      await transaction.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await transaction.query('SET LOCAL statement_timeout = 0');
      const positions = await positionsIn(transaction, this.live);
      if (positions.join() !== (await positionsIn(transaction, schema)).join()) return null;
      const live = await checksumTables(transaction, this.live);
      const built = await checksumTables(transaction, schema);
      const tables = live.map(({ table, ...checksum }, index): TableComparison => {
        const { rows = 0, checksum: sum = '' } = built[index] ?? {};
        const equal = checksum.rows === rows && checksum.checksum === sum;
        return { table, live: checksum, built: { rows, checksum: sum }, equal };
      });
      return { equal: tables.every(({ equal }) => equal), positions, tables };
    });
  }

  /** Brings the aggregates of the version up to date, so that it answers as fast as the live one from the first query on. */
  async refreshAggregates(version: number): Promise<void> {
    if (this.storage.aggregates) await refreshAggregates(this.database, schemaOf(version));
  }

  /**
   * Puts the version in the place of the live one in one transaction, which is kept as the former one; the former one
   * before it is dropped, unless it is the one that is put in place. Readers wait for a moment, nobody fails: it gives up
   * after half a second of waiting for their locks (55P03), sooner than they would be taken for a deadlock.
   *
   * @param finish folds what is missing up to the live lanes, which nobody folds from here on; the tables of the version
   *   are those that the transaction finds by their names
   */
  switchTo(
    version: number,
    finish: (transaction: SqlExecutor, live: readonly LaneHold[]) => Promise<void>,
  ): Promise<void> {
    const schema = schemaOf(version);
    return this.database.transaction(async (transaction) => {
      await transaction.query(`SET LOCAL lock_timeout = '500ms'`);
      const [replaced] = await transaction.query<{ version: number }>(
        `SELECT version FROM projection_versions WHERE state = 'LIVE' FOR UPDATE`,
      );
      if (replaced === undefined) throw new Error('There is no live version of the read models.');
      // folds change it and wait; readers look at it and do not
      await transaction.query(`LOCK TABLE ${this.live}.projection_lanes IN EXCLUSIVE MODE`);
      const lanes = await readLanes(transaction);
      await withSchema(transaction, schema, () => finish(transaction, lanes));
      const exchange = {
        live: this.live,
        from: schema,
        aside: schemaOf(replaced.version),
        aggregates: this.storage.aggregates,
      };
      await exchangeTables(transaction, exchange);
      await transaction.query(`DROP SCHEMA ${schema}`);
      await this.handOver(transaction, exchange.aside);
      await this.record(transaction, version, replaced.version);
    });
  }

  /** The owners keep their lanes, under new fences: what they were folding is refused, and they look again. */
  private async handOver(transaction: SqlExecutor, aside: string): Promise<void> {
    await transaction.query(
      `UPDATE ${this.live}.projection_lanes AS lanes
       SET owner = former.owner, expires_at = former.expires_at, held_until = NULL,
           fence = greatest(lanes.fence, former.fence) + 1
       FROM ${aside}.projection_lanes AS former WHERE former.lane = lanes.lane`,
    );
    await transaction.query(
      `UPDATE ${aside}.projection_lanes SET owner = NULL, expires_at = NULL, held_until = NULL, fence = fence + 1`,
    );
  }

  private async record(transaction: SqlExecutor, version: number, replaced: number): Promise<void> {
    const dropped = await transaction.query<{ version: number }>(
      `DELETE FROM projection_versions WHERE state = 'FORMER' AND version <> $1 RETURNING version`,
      [version],
    );
    for (const former of dropped) await transaction.query(`DROP SCHEMA ${schemaOf(former.version)} CASCADE`);
    await transaction.query(`UPDATE projection_versions SET state = 'FORMER' WHERE version = $1`, [replaced]);
    await transaction.query(`UPDATE projection_versions SET state = 'LIVE', switched_at = now() WHERE version = $1`, [
      version,
    ]);
  }
}

async function positionsIn(transaction: SqlExecutor, schema: string): Promise<readonly string[]> {
  const rows = await transaction.query<{ position: string }>(
    `SELECT position::text AS position FROM ${schema}.projection_lanes ORDER BY lane`,
  );
  return rows.map(({ position }) => position);
}
