import { type DynamicModule, Inject, Module, type OnModuleInit } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { validateCoordinationRequest } from '#contracts';
import { DEFAULT_CALENDAR } from '#market-data';
import { CoordinationMetrics, coordinationMetricProviders, ReadinessChecks } from '#platform';
import {
  CLOCK,
  type CommandAdapters,
  type CommandStore,
  ENGINE,
  EVENT_STORE,
  EXECUTION_DEADLINES,
  HISTORY_FOLDER,
  LEARNING,
  OUTCOMES,
  REPLAYS,
  TRADING_CALENDAR,
} from './command-adapters.js';
import { ChangeConfiguration } from './configuration/change-configuration.js';
import { ConfigurationController } from './configuration/configuration.controller.js';
import { DisableConfigurationHandler } from './configuration/disable-configuration.js';
import { SetConfigurationHandler } from './configuration/set-configuration.js';
import { CoordinateBatchHandler } from './coordination/coordinate-batch.js';
import { CoordinateSignalsHandler } from './coordination/coordinate-signals.js';
import { CoordinationController } from './coordination/coordination.controller.js';
import { Coordinator } from './coordination/coordinator.js';
import { GatherRequest } from './coordination/gather-request.js';
import { PortfolioTurns } from './coordination/portfolio-turns.js';
import { StoredPurchases } from './coordination/stored-purchases.js';
import { Idempotency } from './idempotency/idempotency.js';
import { EngineMetrics, engineMetricProviders } from './engine-pool/engine-metrics.js';
import { ChangeExecution } from './execution/change-execution.js';
import { ExecutionController } from './execution/execution.controller.js';
import { ExecutionExpiry } from './execution/execution-expiry.js';
import { ExecutionMetrics, executionMetricProviders } from './execution/execution-metrics.js';
import { Executions } from './execution/executions.js';
import { Replanner } from './execution/replanner.js';
import { TellExecutionHandler } from './execution/tell-execution.js';
import { AssessImpactHandler } from './impact/assess-impact.js';
import { FullHistoryScan } from './impact/full-history-scan.js';
import { ImpactController } from './impact/impact.controller.js';
import { MeasureOutcomes } from './outcomes/measure-outcomes.js';
import { OutcomeMeasurer } from './outcomes/outcome-measurer.js';
import { OutcomeMetrics, outcomeMetricProviders } from './outcomes/outcome-metrics.js';
import { OutcomePrices } from './outcomes/outcome-prices.js';
import { OutcomesController } from './outcomes/outcomes.controller.js';
import { PostOutcomesHandler } from './outcomes/post-outcomes.js';
import { Judge } from './learning/judge.js';
import { LearnedStates } from './learning/learned-states.js';
import { LearningController } from './learning/learning.controller.js';
import { Learning } from './learning/learning.js';
import { LearningMetrics, learningMetricProviders } from './learning/learning-metrics.js';
import { ScheduledLearning } from './learning/scheduled-learning.js';
import { MarketModelCache } from './market-model/market-model-cache.js';
import { PublishMarketModelHandler } from './market-model/publish-market-model.js';
import { PortfolioController } from './portfolio/portfolio.controller.js';
import { Portfolios } from './portfolio/portfolios.js';
import { SetPortfolioStateHandler } from './portfolio/set-portfolio-state.js';
import { CancelRebalanceHandler } from './rebalance/cancel-rebalance.js';
import { RebalanceController } from './rebalance/rebalance.controller.js';
import { RebalanceQueue } from './rebalance/rebalance-queue.js';
import { RequestRebalanceHandler } from './rebalance/request-rebalance.js';
import { GetProblemHandler } from './replay/get-problem.js';
import { MarketModelArchive } from './replay/market-model-archive.js';
import { ProblemController } from './replay/problem.controller.js';
import { RecallCoordination } from './replay/recall-coordination.js';
import { ReplayCoordination } from './replay/replay-coordination.js';
import { ReplayController } from './replay/replay.controller.js';
import { ReplayRunner } from './replay/replay-runner.js';
import { StartReplayHandler } from './replay/start-replay.js';

/** The command side: takes requests, decides once, stores the events. */
@Module({})
export class CommandModule implements OnModuleInit {
  static register(adapters: CommandAdapters): DynamicModule {
    return {
      module: CommandModule,
      imports: [CqrsModule],
      controllers: [
        CoordinationController,
        ConfigurationController,
        PortfolioController,
        RebalanceController,
        ExecutionController,
        OutcomesController,
        LearningController,
        ImpactController,
        ProblemController,
        ReplayController,
      ],
      providers: [
        { provide: EVENT_STORE, useValue: adapters.eventStore },
        { provide: EXECUTION_DEADLINES, useValue: adapters.deadlines },
        { provide: LEARNING, useValue: adapters.learning },
        { provide: OUTCOMES, useValue: adapters.outcomes },
        { provide: REPLAYS, useValue: adapters.replays },
        ...engineMetricProviders,
        EngineMetrics,
        {
          provide: ENGINE,
          inject: [EngineMetrics],
          useFactory: (metrics: EngineMetrics) => metrics.measure(adapters.engine),
        },
        { provide: HISTORY_FOLDER, useValue: adapters.historyFolder ?? null },
        { provide: CLOCK, useValue: adapters.now ?? (() => new Date()) },
        { provide: TRADING_CALENDAR, useValue: adapters.tradingCalendar ?? DEFAULT_CALENDAR },
        ...coordinationMetricProviders,
        CoordinationMetrics,
        MarketModelCache,
        Portfolios,
        Idempotency,
        GatherRequest,
        PortfolioTurns,
        StoredPurchases,
        FullHistoryScan,
        AssessImpactHandler,
        Coordinator,
        ChangeConfiguration,
        CoordinateSignalsHandler,
        CoordinateBatchHandler,
        SetConfigurationHandler,
        DisableConfigurationHandler,
        SetPortfolioStateHandler,
        RebalanceQueue,
        RequestRebalanceHandler,
        CancelRebalanceHandler,
        PublishMarketModelHandler,
        ...executionMetricProviders,
        ExecutionMetrics,
        Executions,
        Replanner,
        ChangeExecution,
        TellExecutionHandler,
        ExecutionExpiry,
        ...outcomeMetricProviders,
        OutcomeMetrics,
        OutcomePrices,
        MeasureOutcomes,
        OutcomeMeasurer,
        PostOutcomesHandler,
        ...learningMetricProviders,
        LearningMetrics,
        LearnedStates,
        Judge,
        Learning,
        ScheduledLearning,
        MarketModelArchive,
        RecallCoordination,
        GetProblemHandler,
        ReplayCoordination,
        ReplayRunner,
        StartReplayHandler,
      ],
      exports: [CqrsModule],
    };
  }

  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly readiness: ReadinessChecks,
  ) {}

  onModuleInit(): void {
    this.readiness.register('event store', async () => {
      await this.store.lastPosition();
    });
    // compiles the validator now, so that the first request does not wait for it
    validateCoordinationRequest({});
  }
}
