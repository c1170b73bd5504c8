import { type DynamicModule, Module } from '@nestjs/common';
import { CacheProjector } from './cache-projector.js';
import { LogWindow } from './log-window.js';
import { PROJECTOR_ADAPTERS, type ProjectorAdapters } from './projector-adapters.js';
import { ProjectorMetrics, projectorMetricProviders } from './projector-metrics.js';
import { ProjectorService } from './projector.service.js';
import { ReadModelProjector } from './read-model-projector.js';

const BATCH_SIZE = 50;
const ATTEMPTS_MAX = 3;
const ATTEMPT_DELAY_MS = 100;

/** Folds the log into the read models and the cache from the application's start to its end. */
@Module({})
export class ProjectorModule {
  static register(adapters: ProjectorAdapters): DynamicModule {
    const batchSize = adapters.batchSize ?? BATCH_SIZE;
    const options = { batchSize, attemptsMax: ATTEMPTS_MAX, attemptDelayMs: ATTEMPT_DELAY_MS };
    const to = { ...adapters, eventStore: new LogWindow(adapters.eventStore) };
    return {
      module: ProjectorModule,
      providers: [
        ...projectorMetricProviders,
        ProjectorMetrics,
        ProjectorService,
        { provide: PROJECTOR_ADAPTERS, useValue: adapters },
        {
          provide: ReadModelProjector,
          useFactory: (metrics: ProjectorMetrics) => new ReadModelProjector({ ...to, metrics }, options),
          inject: [ProjectorMetrics],
        },
        {
          provide: CacheProjector,
          useFactory: (metrics: ProjectorMetrics) => new CacheProjector({ ...to, metrics }, batchSize),
          inject: [ProjectorMetrics],
        },
      ],
    };
  }
}
