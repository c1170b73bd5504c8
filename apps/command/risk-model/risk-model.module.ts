import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CLOCK, type Clock } from '../command-adapters.js';
import { BuildRiskModelHandler } from './build-risk-model.js';
import { RISK_MODELS, type RiskModelAdapters } from './risk-model-adapters.js';
import { RiskModelMetrics, riskModelMetricProviders } from './risk-model-metrics.js';
import { RiskModelController } from './risk-model.controller.js';
import { ScheduledBuilds } from './scheduled-builds.js';

/** Risk models built of the stored bars, on demand and on schedule. Beside the CommandModule, which publishes them. */
@Module({})
export class RiskModelModule {
  static register(adapters: RiskModelAdapters, now: Clock = () => new Date()): DynamicModule {
    return {
      module: RiskModelModule,
      imports: [CqrsModule],
      controllers: [RiskModelController],
      providers: [
        { provide: RISK_MODELS, useValue: adapters },
        { provide: CLOCK, useValue: now },
        ...riskModelMetricProviders,
        RiskModelMetrics,
        BuildRiskModelHandler,
        ScheduledBuilds,
      ],
    };
  }
}
