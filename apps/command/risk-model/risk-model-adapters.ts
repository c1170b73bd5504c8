import type { MarketDataAdapters } from '../market-data/market-data-adapters.js';
import type { RiskModelBuilder } from './risk-model-builder.js';
import type { RiskModelSettings } from './risk-model-settings.js';

/** What the building of risk models is plugged into. Whoever opened these closes them, after the application. */
export interface RiskModelAdapters {
  readonly marketData: Pick<MarketDataAdapters, 'database' | 'store' | 'archive'>;
  /** of the same database: the builder reads by a connection of its own where there are no Parquet files */
  readonly marketDataUrl: string;
  readonly builder: RiskModelBuilder;
  readonly settings: RiskModelSettings;
}

export const RISK_MODELS = Symbol('RISK_MODELS');
