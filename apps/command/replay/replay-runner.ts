import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  type ReplayReport,
  tallyVerification,
  tallyWhatIf,
  type Verification,
  type VerifyReport,
  type WhatIf,
  type WhatIfReport,
} from '#domain';
import type { RecordedCoordination, StoredReplay } from '#event-store';
import { ENGINE, REPLAYS, type Replays } from '../command-adapters.js';
import { mapBounded } from '../coordination/bounded.js';
import type { Engine } from '../engine-pool/engine.js';
import { type OtherParameters, ReplayCoordination } from './replay-coordination.js';

/** coordinations between two commits of progress; a crash repeats at most these */
const WINDOW = 64;
/** after it a job of a dead process is anybody's */
const LEASE_MS = 15_000;
/** how often to look for the jobs of others that died */
const LOOK_MS = 5_000;

/** Works on replays, one at a time, as long as the process lives; what it leaves is taken up by it or another one. */
@Injectable()
export class ReplayRunner implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(ReplayRunner.name);
  private readonly owner = randomUUID();
  private stopping = false;
  private working: Promise<void> | null = null;
  private again = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(REPLAYS) private readonly replays: Replays,
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly coordinations: ReplayCoordination,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.wake(), LOOK_MS);
    this.timer.unref();
    this.wake();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.working;
    await this.replays.giveBack(this.owner);
  }

  /** There may be something to do. */
  wake(): void {
    this.again = true;
    this.working ??= this.workOff().finally(() => (this.working = null));
  }

  private async workOff(): Promise<void> {
    try {
      while (this.again && !this.stopping) {
        this.again = false;
        for (let job = await this.claim(); job !== null; job = await this.claim()) await this.run(job);
      }
    } catch (error) {
      this.logger.error(`replays stand still until the next look: ${String(error)}`);
    }
  }

  private async claim(): Promise<StoredReplay | null> {
    return this.stopping ? null : this.replays.claim(this.owner, LEASE_MS);
  }

  private async run(job: StoredReplay): Promise<void> {
    this.logger.log(`replay ${job.replay_id} (${job.mode}): ${job.total - job.done} coordinations to go`);
    try {
      if (await this.workOn(job)) await this.replays.finish(job.replay_id, this.owner, 'COMPLETED');
    } catch (error) {
      this.logger.error(error);
      await this.replays.finish(job.replay_id, this.owner, 'FAILED', String(error));
    }
  }

  /** False where it was left: cancelled, lost to another process, or the process ends. */
  private async workOn(job: StoredReplay): Promise<boolean> {
    const instead = { configuration: job.configuration, overrides: job.request.coordination_parameters };
    const span = { request: job.request, toPosition: BigInt(job.to_position) };
    let { done, report } = job;
    let afterPosition = BigInt(job.done_position);
    let next = this.replays.coordinations({ ...span, afterPosition }, WINDOW);
    for (;;) {
      const window = await next;
      const last = window.at(-1);
      if (last === undefined) return true;
      afterPosition = last.position;
      // read ahead while this window is worked on
      next = this.replays.coordinations({ ...span, afterPosition }, WINDOW);
      next.catch(() => undefined);
      // a window of large coordinations may take longer than the lease
      const renewal = setInterval(() => {
        this.replays.renew(job.replay_id, this.owner, LEASE_MS).catch((error: unknown) => this.logger.warn(error));
      }, LEASE_MS / 3);
      try {
        report = await this.replayWindow(job.mode, window, report, instead);
      } finally {
        clearInterval(renewal);
      }
      done += window.length;
      const progress = { donePosition: afterPosition, done, report };
      const mine = await this.replays.advance(job.replay_id, this.owner, progress, LEASE_MS);
      if (!mine || this.stopping) return false;
    }
  }

  private async replayWindow(
    mode: StoredReplay['mode'],
    window: readonly RecordedCoordination[],
    report: ReplayReport,
    instead: OtherParameters,
  ): Promise<ReplayReport> {
    const { parallelism } = this.engine;
    if (mode === 'verify') {
      const results = await mapBounded(window, parallelism + 1, (each) => this.coordinations.verify(each));
      return results.reduce<VerifyReport>(
        (sum, each: Verification) => tallyVerification(sum, each),
        report as VerifyReport,
      );
    }
    const results = await mapBounded(window, parallelism + 1, (each) => this.coordinations.whatIf(each, instead));
    return results.reduce<WhatIfReport>((sum, each: WhatIf) => tallyWhatIf(sum, each), report as WhatIfReport);
  }
}
