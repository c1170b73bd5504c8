import { migrate, MIGRATION_LOCK, migrationsFolder, type SqlDatabase } from '#platform';
import { TimescaleReadModels } from './timescale-read-models.js';

/** Brings the database of the query side forward, under the lock, and opens the read models in it. */
export async function openReadModels(database: SqlDatabase): Promise<TimescaleReadModels> {
  await migrate(database, migrationsFolder('query'), { lockKey: MIGRATION_LOCK });
  const readModels = await TimescaleReadModels.open(database);
  await readModels.createAggregates();
  return readModels;
}
