import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OperatorError, ReadinessChecks } from '#platform';
import { CacheProjector } from './cache-projector.js';
import { LogFollower } from './log-follower.js';
import { type ProjectionName, ProjectorMetrics } from './projector-metrics.js';
import { PROJECTOR_ADAPTERS, type ProjectorAdapters } from './projector-adapters.js';
import { ReadModelProjector } from './read-model-projector.js';

/** Runs the two projections while the application runs. The store rings for the tables, the tables for the cache. */
@Injectable()
export class ProjectorService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ProjectorService.name);
  private readonly tables: LogFollower;
  private readonly cached: LogFollower;
  private silence: (() => void)[] = [];
  private cacheOpened = false;

  constructor(
    @Inject(PROJECTOR_ADAPTERS) private readonly adapters: ProjectorAdapters,
    @Inject(ReadModelProjector) private readonly readModelProjector: ReadModelProjector,
    @Inject(CacheProjector) private readonly cacheProjector: CacheProjector,
    @Inject(ProjectorMetrics) private readonly metrics: ProjectorMetrics,
    @Inject(ReadinessChecks) readiness: ReadinessChecks,
  ) {
    this.tables = this.follow('read-models', () => this.readModelProjector.step());
    this.cached = this.follow('cache', () => this.cacheStep());
    readiness.register('projector', async () =>
      this.tables.failing > 0 ? 'the read models cannot be written' : undefined,
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    this.describeStorage();
    await this.readModelProjector.open();
    const retried = await this.readModelProjector.retryParked();
    if (retried > 0) this.logger.log(`${retried} parked events could be folded now.`);
    await this.openCache().catch((error: unknown) => {
      this.logger.warn(`The cache cannot be opened yet: ${String(error)}`);
    });
    const { eventStore, advance } = this.adapters;
    this.silence = [eventStore.onSequenced(() => this.tables.ring()), advance.onAdvanced(() => this.cached.ring())];
    this.tables.start();
    this.cached.start();
  }

  /** After the last request was answered: readers of their own writes may have waited for us. */
  async onApplicationShutdown(): Promise<void> {
    for (const end of this.silence) end();
    await Promise.all([this.tables.stop(), this.cached.stop()]);
  }

  /** Before the tables move, so that nothing is missed. Redis may be down when we start: then it is opened later. */
  private async openCache(): Promise<void> {
    await this.cacheProjector.open();
    this.cacheOpened = true;
  }

  private async cacheStep(): Promise<boolean> {
    if (!this.cacheOpened) await this.openCache();
    return this.cacheProjector.step();
  }

  private follow(projection: ProjectionName, step: () => Promise<boolean>): LogFollower {
    return new LogFollower(step, {
      pollIntervalMs: this.adapters.pollIntervalMs ?? 500,
      onFailure: (error, inARow) => {
        this.metrics.failed(projection, 'UNAVAILABLE');
        const sentence = error instanceof OperatorError ? error.message : String(error);
        // the first of an outage, then once in a while
        if (inARow === 1 || inARow % 20 === 0)
          this.logger.error(`${projection}: ${sentence} (failure ${inARow} in a row)`);
      },
    });
  }

  private describeStorage(): void {
    const { storage } = this.adapters.readModels;
    this.metrics.storage(storage.timescale);
    if (!storage.timescale) {
      this.logger.warn(
        'The read database has no TimescaleDB: its tables are plain, nothing prunes or compresses them.',
      );
      return;
    }
    const tables = storage.hypertables.map(({ table, chunkInterval, partitions }) => {
      return `${table} by ${chunkInterval}${partitions === null ? '' : ` and ${partitions.count} x ${partitions.column}`}`;
    });
    this.logger.log(`TimescaleDB ${storage.timescaleVersion}: ${tables.join(', ')}.`);
  }
}
