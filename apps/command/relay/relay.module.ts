import { type DynamicModule, Module } from '@nestjs/common';
import { RelayMetrics, relayMetricProviders } from './relay-metrics.js';
import { RELAY_ADAPTERS, type RelayAdapters, RelayService } from './relay.service.js';

/** Publishes the log from the application's start to its end. */
@Module({})
export class RelayModule {
  static register(adapters: RelayAdapters): DynamicModule {
    return {
      module: RelayModule,
      providers: [...relayMetricProviders, RelayMetrics, RelayService, { provide: RELAY_ADAPTERS, useValue: adapters }],
    };
  }
}
