import type { BarArchive, MarketDataStore } from '#market-data';
import type { SqlDatabase } from '#platform';
import type { MarketDataSettings } from './market-data-settings.js';

/** What the market-data side is plugged into. Whoever opened these closes them, after the application. */
export interface MarketDataAdapters {
  readonly database: SqlDatabase;
  readonly store: MarketDataStore;
  /** null where this process keeps no Parquet */
  readonly archive: BarArchive | null;
  readonly settings: MarketDataSettings;
}

export const MARKET_DATA = Symbol('MARKET_DATA');
