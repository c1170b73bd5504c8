import { API_SCHEMAS } from '#contracts';
import type { MarketDataStore } from '#market-data';
import { createHttpApp, listen, type SqlDatabase } from '#platform';
import { MarketDataModule } from './market-data.module.js';
import { openMarketData } from './open-market-data.js';

/** The market-data side as a process runs it, listening. */
export interface MarketDataApp {
  readonly url: string;
  readonly store: MarketDataStore;
  /** empties the tables */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** @param folder of the Parquet files; null for none */
export async function openMarketDataApp(db: SqlDatabase, folder: string | null): Promise<MarketDataApp> {
  const marketData = await openMarketData(db, folder, {
    MARKET_DATA_BODY_BYTES_MAX: 50_000_000,
    MARKET_DATA_LINE_CHARS_MAX: 1_000,
    MARKET_DATA_COMPRESS_AFTER_DAYS: 400,
    MARKET_DATA_RETENTION_DAYS: 0,
  });
  const app = await createHttpApp([MarketDataModule.register(marketData)], {
    // bars are streamed: the limit of other bodies is not theirs
    settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 100_000, API_KEYS: [], LOG_LEVEL: 'fatal' },
    service: 'command',
    description: { title: 'Commands', description: 'Under test.', schemas: API_SCHEMAS },
  });
  return {
    url: await listen(app, '127.0.0.1', 0),
    store: marketData.store,
    clear: async () => {
      // not truncated: what upkeep reads at this moment would have to wait, and might hold what we wait for
      for (const table of ['bars', 'price_adjustments', 'market_instruments', 'market_data_versions']) {
        await db.query(`delete from ${table}`);
      }
    },
    close: async () => {
      // a client of this very process keeps its connections open, and closing would wait for it
      app.getHttpServer().closeAllConnections();
      await app.close();
    },
  };
}
