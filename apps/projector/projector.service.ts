import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OperatorError, ReadinessChecks } from '#platform';
import { CacheProjector } from './cache-projector.js';
import { LogFollower } from './log-follower.js';
import { type ProjectionName, ProjectorMetrics } from './projector-metrics.js';
import { PROJECTOR_ADAPTERS, type ProjectorAdapters } from './projector-adapters.js';
import { ReadModelProjector } from './read-model-projector.js';
import { type ProjectionsView, readModelsView } from './http/projection-views.js';
import { ParkedEvents } from './parked/parked-events.js';
import { RebuildRunner } from './rebuild/rebuild-runner.js';

const AGGREGATES_INTERVAL_MS = 60_000;
const REBUILD_POLL_MS = 1_000;

/**
 * Runs the projections, the jobs that rebuild them and the policy of the aggregates while the application runs. The store
 * rings for the tables, the tables for the cache.
 */
@Injectable()
export class ProjectorService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ProjectorService.name);
  private readonly tables: LogFollower;
  private readonly cached: LogFollower;
  private readonly rebuilding: LogFollower;
  private readonly aggregating: LogFollower;
  private silence: (() => void)[] = [];
  private cacheOpened = false;

  constructor(
    @Inject(PROJECTOR_ADAPTERS) private readonly adapters: ProjectorAdapters,
    @Inject(ReadModelProjector) private readonly readModelProjector: ReadModelProjector,
    @Inject(CacheProjector) private readonly cacheProjector: CacheProjector,
    @Inject(RebuildRunner) private readonly rebuildRunner: RebuildRunner,
    @Inject(ParkedEvents) private readonly parked: ParkedEvents,
    @Inject(ProjectorMetrics) private readonly metrics: ProjectorMetrics,
    @Inject(ReadinessChecks) readiness: ReadinessChecks,
  ) {
    const pollMs = adapters.pollIntervalMs ?? 500;
    this.tables = this.follow('read-models', pollMs, () => this.readModelProjector.step());
    this.cached = this.follow('cache', pollMs, () => this.cacheStep());
    this.rebuilding = this.follow('rebuild', REBUILD_POLL_MS, () => this.rebuildRunner.step());
    this.aggregating = this.follow('aggregates', AGGREGATES_INTERVAL_MS, () => this.aggregate());
    readiness.register('projector', async () => this.stopped() ?? undefined);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.describeStorage();
    await this.readModelProjector.open();
    const retried = await this.parked.retryAll();
    if (retried > 0) this.logger.log(`${retried} parked events could be folded now.`);
    await this.openCache().catch((error: unknown) => {
      this.logger.warn(`The cache cannot be opened yet: ${String(error)}`);
    });
    const { eventStore, advance } = this.adapters;
    this.silence = [eventStore.onSequenced(() => this.tables.ring()), advance.onAdvanced(() => this.cached.ring())];
    for (const follower of this.followers) follower.start();
  }

  /** How far everything is, for those who ask over HTTP. */
  async status(): Promise<ProjectionsView> {
    const { readModels, eventStore, cache } = this.adapters;
    const end = await eventStore.lastPosition();
    const [lanes, parked, versions, aggregates, job] = await Promise.all([
      readModels.lanes(),
      readModels.deadLetters(),
      readModels.versions.list(),
      readModels.aggregates(),
      readModels.rebuilds.latest(),
    ]);
    const tables = readModelsView({ lanes, end, parked, versions, aggregates, job, stopped: this.stopped() });
    const cached = await cache.checkpoint().catch(() => null);
    return {
      log_position: end.toString(),
      projections: [tables, { name: 'cache', position: cached?.toString() ?? null }],
    };
  }

  /** After the last request was answered: readers of their own writes may have waited for us. */
  async onApplicationShutdown(): Promise<void> {
    for (const end of this.silence) end();
    await Promise.all(this.followers.map((follower) => follower.stop()));
    await Promise.all([this.readModelProjector.close(), this.rebuildRunner.close()]).catch((error: unknown) => {
      this.logger.warn(`The lanes are given back when their leases end: ${String(error)}`);
    });
  }

  private get followers(): readonly LogFollower[] {
    return [this.tables, this.cached, this.rebuilding, this.aggregating];
  }

  /** Why the tables do not go on; null where they do. */
  private stopped(): string | null {
    const { failing, failure } = this.tables;
    if (failing === 0) return null;
    return failure instanceof OperatorError ? failure.message : 'the read models cannot be written';
  }

  /** One of several projectors is enough. */
  private async aggregate(): Promise<boolean> {
    if (this.readModelProjector.leads) await this.adapters.readModels.refreshAggregates();
    return false;
  }

  /** Before the tables move, so that nothing is missed. Redis may be down when we start: then it is opened later. */
  private async openCache(): Promise<void> {
    await this.cacheProjector.open();
    this.cacheOpened = true;
  }

  private async cacheStep(): Promise<boolean> {
    // the others would write the same again, which changes nothing
    if (!this.readModelProjector.leads) return false;
    if (!this.cacheOpened) await this.openCache();
    return this.cacheProjector.step();
  }

  private follow(projection: ProjectionName, pollIntervalMs: number, step: () => Promise<boolean>): LogFollower {
    return new LogFollower(step, {
      pollIntervalMs,
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
    if (!storage.aggregates) {
      this.logger.warn('This TimescaleDB has no continuous aggregates: buckets are summed up from minutes.');
    }
    const tables = storage.hypertables.map(({ table, chunkInterval, partitions }) => {
      return `${table} by ${chunkInterval}${partitions === null ? '' : ` and ${partitions.count} x ${partitions.column}`}`;
    });
    this.logger.log(`TimescaleDB ${storage.timescaleVersion}: ${tables.join(', ')}.`);
  }
}
