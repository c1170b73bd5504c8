import { Logger } from '@nestjs/common';
import { BarArchive, MarketDataStore } from '#market-data';
import { migrate, MIGRATION_LOCK, migrationsFolder, type SqlDatabase } from '#platform';
import type { MarketDataAdapters } from './market-data-adapters.js';
import type { MarketDataSettings } from './market-data-settings.js';

/**
 * The market data of a database, brought forward.
 * @param folder of the Parquet files; null for none
 */
export async function openMarketData(
  database: SqlDatabase,
  folder: string | null,
  settings: MarketDataSettings,
): Promise<MarketDataAdapters> {
  await migrate(database, migrationsFolder('market-data'), { lockKey: MIGRATION_LOCK });
  if (folder === null) new Logger('MarketData').log('MARKET_DATA_DIR is not set: no Parquet files are kept');
  const archive = folder === null ? null : new BarArchive(database, folder);
  return { database, store: new MarketDataStore(database), archive, settings };
}
