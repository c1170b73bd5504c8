import { type DynamicModule, Module } from '@nestjs/common';
import { ImportBars } from './import-bars.js';
import { MARKET_DATA, type MarketDataAdapters } from './market-data-adapters.js';
import { MarketDataMetrics, marketDataMetricProviders } from './market-data-metrics.js';
import { MarketDataController } from './market-data.controller.js';
import { MarketDataUpkeep } from './upkeep.js';

/** Bars, instruments and splits: taken in, kept, copied to Parquet. Beside the event log (docs/adr/0003). */
@Module({})
export class MarketDataModule {
  static register(adapters: MarketDataAdapters): DynamicModule {
    return {
      module: MarketDataModule,
      controllers: [MarketDataController],
      providers: [
        { provide: MARKET_DATA, useValue: adapters },
        ...marketDataMetricProviders,
        MarketDataMetrics,
        MarketDataUpkeep,
        ImportBars,
      ],
    };
  }
}
