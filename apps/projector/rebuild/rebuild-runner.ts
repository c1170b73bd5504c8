import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { asSqlFailure } from '#platform';
import {
  type AdvanceSignal,
  LaneFencedError,
  type ReadModelCache,
  type RebuildJob,
  type RebuildProgress,
  type TimescaleReadModels,
} from '#read-models';
import { UnknownEventError } from '../lanes/read-group.js';
import { isEventsFault, sentenceOf } from '../parked/events-fault.js';
import type { EventLog } from '../projector-adapters.js';
import type { ProjectorMetrics } from '../projector-metrics.js';
import { RebuildStoppedError, VersionBuilder } from './version-builder.js';

export interface RebuildRunnerOptions {
  readonly owner: string;
  /** a job whose process was not heard of for this long is gone on with by another one */
  readonly leaseMs: number;
  /** events folded in one transaction */
  readonly batchSize: number;
}

interface Dependencies {
  readonly eventStore: EventLog;
  readonly readModels: TimescaleReadModels;
  readonly cache: ReadModelCache;
  readonly advance: AdvanceSignal;
  readonly metrics: ProjectorMetrics;
}

/** how long the live lanes stand still while the other version gets to where they are; doubled where that is too short */
const HOLD_MS = 1_000;
const HOLD_MS_MAX = 16_000;
/** a reader had a table for longer than a switch waits for it, or took it in another order */
const LOCKED = new Set(['55P03', '40P01']);
const LOCKED_DELAY_MS = 200;
/** of a new rate in the one that is told */
const RATE_WEIGHT = 0.2;

/**
 * Works on the running job, whichever process began it: folds the log into the other version, compares, switches. Every
 * step is one transaction or can be taken again, so that a crash costs a step.
 */
export class RebuildRunner {
  private readonly logger = new Logger(RebuildRunner.name);
  private work: { readonly id: string; readonly builder: VersionBuilder } | null = null;
  private holdMs = HOLD_MS;
  private rate: number | null = null;

  constructor(
    private readonly to: Dependencies,
    private readonly options: RebuildRunnerOptions,
  ) {}

  /** Gives whether there may be more to do. Rejects where a server does not answer. */
  async step(): Promise<boolean> {
    const { rebuilds } = this.to.readModels;
    const job = await rebuilds.claim(this.options.owner, this.options.leaseMs);
    if (job === null) {
      this.work = null;
      return false;
    }
    // a comparison of large tables takes longer than a lease
    const beat = setInterval(() => {
      rebuilds.claim(this.options.owner, this.options.leaseMs).catch(() => undefined);
    }, this.options.leaseMs / 3);
    try {
      return await this.goOn(job);
    } catch (error) {
      this.work = null;
      if (error instanceof LaneFencedError) return true;
      const stopped = error instanceof RebuildStoppedError || error instanceof UnknownEventError;
      if (!stopped && !(await isEventsFault(error, this.to.readModels))) throw error;
      const sentence = stopped ? error.message : sentenceOf(error);
      this.logger.error(`Job ${job.id} stopped: ${sentence}`);
      await this.progress(job, { state: 'FAILED', error: sentence });
      return true;
    } finally {
      clearInterval(beat);
    }
  }

  /** Another process may go on with the job at once. */
  async close(): Promise<void> {
    await this.to.readModels.rebuilds.release(this.options.owner);
  }

  private async goOn(job: RebuildJob): Promise<boolean> {
    if (job.state === 'SWITCHING' && (await this.isLive(job))) return this.finish(job);
    if (job.cancelRequested) return this.cancel(job);
    if (job.state === 'SWITCHING') return this.switchOver(job);
    const builder = await this.builderOf(job);
    return job.state === 'COMPARING' ? this.compare(job, builder) : this.load(job, builder);
  }

  private async builderOf(job: RebuildJob): Promise<VersionBuilder> {
    if (this.work?.id !== job.id) {
      const { eventStore, readModels } = this.to;
      const version = readModels.ofVersion(job.version);
      this.work = { id: job.id, builder: await VersionBuilder.open(eventStore, version, this.options.owner) };
      this.holdMs = HOLD_MS;
      this.rate = null;
      this.logger.log(`Job ${job.id}: version ${job.version} goes on from position ${this.work.builder.position}.`);
    }
    return this.work.builder;
  }

  private async load(job: RebuildJob, builder: VersionBuilder): Promise<boolean> {
    const { readModels, eventStore, metrics } = this.to;
    const started = performance.now();
    const live = await readModels.lanes();
    const folded = await builder.step(live, this.options.batchSize);
    metrics.rebuilt(folded);
    const { position } = builder;
    if (folded > 0) this.measure(folded, performance.now() - started);
    const near = folded < this.options.batchSize;
    const state = !near ? 'LOADING' : job.kind === 'ROLLBACK' ? 'SWITCHING' : 'COMPARING';
    const target = await eventStore.lastPosition();
    await this.progress(job, {
      state,
      position,
      target,
      ...(this.rate === null ? {} : { eventsPerSecond: this.rate }),
    });
    return true;
  }

  private measure(events: number, milliseconds: number): void {
    const rate = (events / Math.max(milliseconds, 1)) * 1_000;
    this.rate = this.rate === null ? rate : this.rate + RATE_WEIGHT * (rate - this.rate);
  }

  /** Both at the same positions while the live lanes stand still; then in one snapshot, while they go on. */
  private async compare(job: RebuildJob, builder: VersionBuilder): Promise<boolean> {
    const { readModels } = this.to;
    await this.comeNear(builder);
    await readModels.holdLanes(this.holdMs);
    const live = await readModels.lanes();
    while ((await builder.step(live, this.options.batchSize)) > 0);
    const comparison = await readModels.versions.compare(job.version);
    if (comparison === null) {
      this.holdMs = Math.min(2 * this.holdMs, HOLD_MS_MAX);
      return true;
    }
    await readModels.holdLanes(0);
    const differing = comparison.tables.filter(({ equal }) => !equal).map(({ table }) => table);
    const switching = job.switch === 'always' || (job.switch === 'if_equal' && comparison.equal);
    const state = switching ? 'SWITCHING' : job.switch === 'never' && comparison.equal ? 'DONE' : 'DIFFERENT';
    this.logger.log(
      `Job ${job.id}: version ${job.version} ${comparison.equal ? 'equals the live one' : `differs in ${differing.join(', ')}`}.`,
    );
    await this.progress(job, { state, position: builder.position, comparison });
    return true;
  }

  private async switchOver(job: RebuildJob): Promise<boolean> {
    const { readModels } = this.to;
    const builder = await this.builderOf(job);
    await this.comeNear(builder);
    await readModels.versions.refreshAggregates(job.version);
    try {
      await readModels.versions.switchTo(job.version, (transaction, lanes) =>
        builder.finishWithin(transaction, lanes, this.options.batchSize),
      );
    } catch (error) {
      if (!LOCKED.has(asSqlFailure(error)?.code ?? '')) throw error;
      await sleep(LOCKED_DELAY_MS);
      return true;
    }
    this.logger.log(`Job ${job.id}: version ${job.version} is live.`);
    return this.finish(job);
  }

  /** Also where a process ended right after it switched. */
  private async finish(job: RebuildJob): Promise<boolean> {
    const { readModels, eventStore, cache, advance } = this.to;
    // what was folded by the other version's code is filled in again by whoever asks for it
    await cache.clear();
    advance.advanced();
    const [position, target] = [await readModels.checkpoint(), await eventStore.lastPosition()];
    await this.progress(job, { state: 'DONE', position, target });
    this.work = null;
    return true;
  }

  /** Within a batch of the live lanes, which may move on as fast as we do. */
  private async comeNear(builder: VersionBuilder): Promise<void> {
    const { batchSize } = this.options;
    while ((await builder.step(await this.to.readModels.lanes(), batchSize)) === batchSize);
  }

  private async isLive({ version }: RebuildJob): Promise<boolean> {
    const versions = await this.to.readModels.versions.list();
    return versions.some((each) => each.state === 'LIVE' && each.version === version);
  }

  private async cancel(job: RebuildJob): Promise<boolean> {
    this.work = null;
    if (job.kind === 'REBUILD') await this.to.readModels.versions.dropBuilding();
    await this.progress(job, { state: 'CANCELLED' });
    this.logger.log(`Job ${job.id} is cancelled.`);
    return true;
  }

  private async progress(job: RebuildJob, progress: RebuildProgress): Promise<void> {
    const still = await this.to.readModels.rebuilds.progress(job.id, this.options.owner, progress);
    if (!still) this.work = null;
  }
}
