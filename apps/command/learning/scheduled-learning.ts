import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LEARNING, type LearningAdapters } from '../command-adapters.js';
import { internalContext } from '../command-context.js';
import { OutcomeMeasurer } from '../outcomes/outcome-measurer.js';
import { Learning } from './learning.js';
import { LearningMetrics } from './learning-metrics.js';

const HOUR_MS = 3_600_000;

/** Learns now and then, in the process that measures the outcomes: one of all. */
@Injectable()
export class ScheduledLearning implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Learning');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(LEARNING) private readonly adapters: LearningAdapters,
    private readonly measurer: OutcomeMeasurer,
    private readonly learning: Learning,
    private readonly metrics: LearningMetrics,
  ) {}

  onApplicationBootstrap(): void {
    if (this.adapters.everyHours === 0) return;
    this.timer = setInterval(() => {
      this.running = this.running.then(() => this.run());
    }, this.adapters.everyHours * HOUR_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Never rejects: what fails is tried again. */
  async run(): Promise<void> {
    if (!this.measurer.isWatching) return;
    try {
      const { observations, challenger, judged, champion } = await this.learning.run(
        internalContext('learning', 'schedule'),
      );
      const looks = judged.map(({ learned_state_id, verdict }) => `${learned_state_id}: ${verdict}`).join(', ');
      this.logger.log(
        `learned from ${observations} signals: challenger ${challenger ?? 'none'}; judged ${looks || 'none'}; ${champion} is used`,
      );
    } catch (error) {
      this.metrics.failed();
      this.logger.warn(`learning failed and is tried again: ${String(error)}`);
    }
  }
}
