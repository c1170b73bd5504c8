import type { CoordinationParameters } from '#domain';
import type { SqlExecutor } from '#platform';
import type { MarketModelSummary } from '#projections';
import { type AtPosition, CHECKPOINT } from '../lanes/lanes.js';

/** The answer of a coordination as JSON text, as it was written: nothing is parsed to be written again. */
export async function queryCoordination(database: SqlExecutor, coordinationId: string): Promise<string | null> {
  const [row] = await database.query<{ document: string }>(
    'SELECT document::text AS document FROM coordinations WHERE coordination_id = $1',
    [coordinationId],
  );
  return row?.document ?? null;
}

/**
 * The newest row of a table holds at the position of its own event, where its lane is ahead of the others: an event between
 * the two would have to be newer than the row to change it.
 */
const heldAt = (table: string): string => `greatest(${CHECKPOINT}::bigint, ${table}.position)::text AS checkpoint`;

export async function queryMarketModel(database: SqlExecutor): Promise<AtPosition<MarketModelSummary> | null> {
  const [row] = await database.query<MarketModelSummary & { checkpoint: string }>(
    `SELECT model_id, as_of, regime, instruments, factor_model, ${heldAt('market_model_current')} FROM market_model_current`,
  );
  if (row === undefined) return null;
  const { checkpoint, ...value } = row;
  return { value, position: BigInt(checkpoint) };
}

/** The newest version of a stored configuration. */
export interface StoredConfiguration {
  readonly config_name: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly coordination_parameters: CoordinationParameters;
}

export async function queryConfiguration(
  database: SqlExecutor,
  configName: string,
): Promise<StoredConfiguration | null> {
  const [row] = await database.query<StoredConfiguration>(
    `SELECT config_name, version, enabled, parameters AS coordination_parameters
     FROM configurations WHERE config_name = $1`,
    [configName],
  );
  return row ?? null;
}
