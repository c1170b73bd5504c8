import { type DynamicModule, Module } from '@nestjs/common';
import type { SqlExecutor } from '#platform';
import { CLOCK_REFERENCE, clockMetricProviders, ClockWatch } from './clock-watch.js';

/** Watches the clock of this machine while the application runs. */
@Module({})
export class ClockModule {
  /** @param database of the events */
  static register(database: SqlExecutor): DynamicModule {
    return {
      module: ClockModule,
      providers: [...clockMetricProviders, ClockWatch, { provide: CLOCK_REFERENCE, useValue: database }],
    };
  }
}
