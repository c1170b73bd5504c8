import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CacheProjector } from './cache-projector.js';
import { ProjectionsController } from './http/projections.controller.js';
import { LogWindow } from './log-window.js';
import { ParkedEvents } from './parked/parked-events.js';
import { PROJECTOR_ADAPTERS, type ProjectorAdapters } from './projector-adapters.js';
import { ProjectorMetrics, projectorMetricProviders } from './projector-metrics.js';
import { ProjectorService } from './projector.service.js';
import { ReadAhead } from './read-ahead.js';
import { ReadModelProjector } from './read-model-projector.js';
import { RebuildControl } from './rebuild/rebuild-control.js';
import { RebuildRunner } from './rebuild/rebuild-runner.js';

const BATCH_SIZE = 50;
/** larger: nobody waits for what a rebuild folds */
const REBUILD_BATCH_SIZE = 200;
const ATTEMPTS_MAX = 3;
const ATTEMPT_DELAY_MS = 100;
const LEASE_MS = 4_000;

/** Folds the log into the read models and the cache from the application's start to its end. */
@Module({})
export class ProjectorModule {
  static register(adapters: ProjectorAdapters): DynamicModule {
    return {
      module: ProjectorModule,
      controllers: [ProjectionsController],
      providers: [
        ...projectorMetricProviders,
        ProjectorMetrics,
        ProjectorService,
        { provide: PROJECTOR_ADAPTERS, useValue: adapters },
        { provide: ParkedEvents, useFactory: () => new ParkedEvents(adapters) },
        { provide: RebuildControl, useFactory: () => new RebuildControl(adapters.readModels) },
        ...projections(adapters),
      ],
    };
  }
}

function projections(adapters: ProjectorAdapters): readonly Provider[] {
  const { eventStore, batchSize = BATCH_SIZE, leaseMs = LEASE_MS, exclusive = false } = adapters;
  const to = { ...adapters, eventStore: new LogWindow(new ReadAhead(eventStore)) };
  const owner = `${hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;
  const folding = {
    owner,
    leaseMs: exclusive ? null : leaseMs,
    batchSize,
    attemptsMax: ATTEMPTS_MAX,
    attemptDelayMs: ATTEMPT_DELAY_MS,
  };
  const rebuilding = { owner, leaseMs, batchSize: REBUILD_BATCH_SIZE };
  return [
    {
      provide: ReadModelProjector,
      useFactory: (metrics: ProjectorMetrics) => new ReadModelProjector({ ...to, metrics }, folding),
      inject: [ProjectorMetrics],
    },
    {
      provide: CacheProjector,
      useFactory: (metrics: ProjectorMetrics) => new CacheProjector({ ...to, metrics }, batchSize),
      inject: [ProjectorMetrics],
    },
    {
      provide: RebuildRunner,
      useFactory: (metrics: ProjectorMetrics) =>
        new RebuildRunner({ ...adapters, eventStore: new ReadAhead(eventStore), metrics }, rebuilding),
      inject: [ProjectorMetrics],
    },
  ];
}
