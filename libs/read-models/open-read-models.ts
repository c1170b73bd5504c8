import { asSqlFailure, migrate, MIGRATION_LOCK, migrationsFolder, type SqlDatabase } from '#platform';
import { TimescaleReadModels } from './timescale-read-models.js';

const NOT_SUPPORTED = '0A000';

/** Brings the database of the query side forward, under the lock, and opens the read models in it. */
export async function openReadModels(database: SqlDatabase): Promise<TimescaleReadModels> {
  await migrate(database, migrationsFolder('query'), { lockKey: MIGRATION_LOCK });
  const found = await TimescaleReadModels.open(database);
  if (!found.storage.timescale || found.storage.aggregates) return found;
  try {
    await found.createAggregates();
  } catch (error) {
    // the edition without them: the processes say so, and buckets are summed up from minutes
    if (asSqlFailure(error)?.code !== NOT_SUPPORTED) throw error;
    return found;
  }
  return TimescaleReadModels.open(database);
}
