import { type DynamicModule, Module, type OnModuleInit, Inject } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ReadinessChecks } from '#platform';
import { CachedReads } from './cached-reads.js';
import { ConfigurationController } from './configuration/configuration.controller.js';
import { GetConfigurationHandler } from './configuration/get-configuration.js';
import { CoordinationPositionInterceptor } from './consistency/coordination-position.js';
import { PositionGate } from './consistency/position-gate.js';
import { CoordinationController } from './coordination/coordination.controller.js';
import { GetCoordinationHandler } from './coordination/get-coordination.js';
import { CoordinationsController } from './coordination/coordinations.controller.js';
import { ListCoordinationsHandler } from './coordination/list-coordinations.js';
import { CurrentController } from './current/current.controller.js';
import { GetCorrelationMatrixHandler, GetRiskMetricsHandler } from './current/market-model.js';
import { GetPortfolioStateHandler } from './current/portfolio-state.js';
import { GetRecentDecisionsHandler } from './current/recent-decisions.js';
import { DecisionsController } from './decisions/decisions.controller.js';
import { ListDecisionsHandler } from './decisions/list-decisions.js';
import { ExecutionController } from './execution/execution.controller.js';
import { GetExecutionHandler } from './execution/get-execution.js';
import { CommandRedirectController } from './http/command-redirect.controller.js';
import { GetAccuracyHandler } from './outcomes/get-accuracy.js';
import { GetAttributionHandler } from './outcomes/get-attribution.js';
import { GetCoordinationOutcomesHandler } from './outcomes/get-coordination-outcomes.js';
import { ListLearnedStatesHandler } from './outcomes/list-learned-states.js';
import { GetSourcesHandler } from './outcomes/get-sources.js';
import { OutcomesController } from './outcomes/outcomes.controller.js';
import { GetPerformanceHandler } from './performance/get-performance.js';
import { PerformanceController } from './performance/performance.controller.js';
import { COMMAND_URL, QUERY_ADAPTERS, type QueryAdapters } from './query-adapters.js';
import { QueryMetrics, queryMetricProviders } from './query-metrics.js';
import { ListRebalancesHandler } from './rebalance/list-rebalances.js';
import { RebalanceRecordsController } from './rebalance/rebalance.controller.js';
import { ListRiskModelsHandler } from './risk-model/list-risk-models.js';
import { RiskModelController } from './risk-model/risk-model.controller.js';
import { CoordinationFeed } from './stream/coordination-feed.js';
import { StreamController } from './stream/stream.controller.js';

const POSITION_TIMEOUT_MS = 5_000;
const POSITION_POLL_MS = 25;

const handlers = [
  GetCoordinationHandler,
  GetExecutionHandler,
  ListCoordinationsHandler,
  ListDecisionsHandler,
  GetPerformanceHandler,
  GetAccuracyHandler,
  GetAttributionHandler,
  GetSourcesHandler,
  ListLearnedStatesHandler,
  GetCoordinationOutcomesHandler,
  GetPortfolioStateHandler,
  GetRecentDecisionsHandler,
  GetCorrelationMatrixHandler,
  GetRiskMetricsHandler,
  GetConfigurationHandler,
  ListRiskModelsHandler,
  ListRebalancesHandler,
];

/** The query API: reads the read models and the cache, and nothing else. */
@Module({})
export class QueryModule implements OnModuleInit {
  static register(adapters: QueryAdapters): DynamicModule {
    const { readModels, advance, positionTimeoutMs, commandUrl } = adapters;
    return {
      module: QueryModule,
      imports: [CqrsModule],
      controllers: [
        CoordinationController,
        ExecutionController,
        CoordinationsController,
        StreamController,
        DecisionsController,
        PerformanceController,
        OutcomesController,
        CurrentController,
        ConfigurationController,
        RiskModelController,
        RebalanceRecordsController,
        ...(commandUrl === undefined ? [] : [CommandRedirectController]),
      ],
      providers: [
        ...queryMetricProviders,
        ...handlers,
        QueryMetrics,
        CachedReads,
        CoordinationFeed,
        CoordinationPositionInterceptor,
        { provide: QUERY_ADAPTERS, useValue: adapters },
        { provide: COMMAND_URL, useValue: commandUrl ?? '' },
        {
          provide: PositionGate,
          useFactory: () =>
            new PositionGate({
              checkpoint: () => readModels.checkpoint(),
              advance,
              timeoutMs: positionTimeoutMs ?? POSITION_TIMEOUT_MS,
              pollMs: POSITION_POLL_MS,
            }),
        },
      ],
    };
  }

  constructor(
    @Inject(QUERY_ADAPTERS) private readonly adapters: QueryAdapters,
    @Inject(ReadinessChecks) private readonly readiness: ReadinessChecks,
  ) {}

  onModuleInit(): void {
    this.readiness.register('read models', () => this.adapters.readModels.ping());
  }
}
