import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { CLOCK, type Clock } from '../command-adapters.js';
import { internalContext } from '../command-context.js';
import { BuildRiskModel } from './build-risk-model.js';
import { RISK_MODELS, type RiskModelAdapters } from './risk-model-adapters.js';

const LOOK_MS = 60_000;
/** looks without a change after which new bars count as complete */
const SETTLED_LOOKS = 5;
const MINUTES_A_DAY = 1_440;

/**
 * Builds risk models without being asked: a few minutes after bars have changed, or once a day. What comes out unchanged is not published,
 * so that several processes may do the same.
 */
@Injectable()
export class ScheduledBuilds implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('RiskModel');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  /** of the bars: what the last build saw, and what was seen last, how often in a row */
  private builtOf: string | null = null;
  private seen: { readonly bars: string; readonly looks: number } | null = null;
  private lastMinute: number | null = null;

  constructor(
    @Inject(RISK_MODELS) private readonly adapters: RiskModelAdapters,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly commands: CommandBus,
  ) {}

  onApplicationBootstrap(): void {
    if (this.adapters.settings.RISK_MODEL_SCHEDULE === 'off') return;
    this.timer = setInterval(() => {
      this.running = this.running.then(() => this.look());
    }, LOOK_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Never rejects: what fails is tried again. */
  async look(): Promise<void> {
    try {
      if (await this.isDue()) await this.build();
    } catch (error) {
      this.logger.error(`a scheduled build of the risk model failed and is tried again: ${String(error)}`);
      // not in a minute: when the bars have settled again
      this.seen = null;
    }
  }

  private async isDue(): Promise<boolean> {
    const schedule = this.adapters.settings.RISK_MODEL_SCHEDULE;
    if (schedule === 'off') return false;
    if (schedule !== 'new-bars') return this.passed(schedule.minuteOfDay);
    const bars = await this.adapters.marketData.store.version();
    this.seen = { bars, looks: this.seen?.bars === bars ? this.seen.looks + 1 : 0 };
    return bars !== '' && bars !== this.builtOf && this.seen.looks >= SETTLED_LOOKS;
  }

  /** whether this minute of the day lies between the last look and now */
  private passed(minuteOfDay: number): boolean {
    const now = this.now();
    const minute = 60 * now.getUTCHours() + now.getUTCMinutes();
    const last = this.lastMinute ?? minute;
    this.lastMinute = minute;
    const since = (minute - last + MINUTES_A_DAY) % MINUTES_A_DAY;
    return since > 0 && (minute - minuteOfDay + MINUTES_A_DAY) % MINUTES_A_DAY < since;
  }

  private async build(): Promise<void> {
    const bars = this.seen?.bars ?? null;
    const { model, published } = await this.commands.execute(
      new BuildRiskModel(internalContext('schedule', 'risk-model-schedule')),
    );
    this.builtOf = bars;
    this.logger.log(
      `risk model ${model.model_id} of ${model.as_of} was built${published ? '' : ': nothing has changed'}`,
    );
  }
}
