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
  /** called when bars of days (YYYY-MM-DD) that were stored before have changed; default: nobody is told */
  readonly onRevised?: (from: string, to: string) => Promise<unknown>;
}

export const MARKET_DATA = Symbol('MARKET_DATA');
