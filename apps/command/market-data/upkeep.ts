import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { runBarPolicies } from '#market-data';
import { MARKET_DATA, type MarketDataAdapters } from './market-data-adapters.js';
import { MarketDataMetrics } from './market-data-metrics.js';

/** after an import, so that several in a row are one run */
const AFTER_CHANGE_MS = 1_000;
const AFTER_START_MS = 5_000;
const EVERY_MS = 3_600_000;

/** Brings the Parquet files up to date after imports, and compresses and removes what is old: now and then, in this process. */
@Injectable()
export class MarketDataUpkeep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(MarketDataUpkeep.name);
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Infinity;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(MARKET_DATA) private readonly marketData: MarketDataAdapters,
    private readonly metrics: MarketDataMetrics,
  ) {}

  onApplicationBootstrap(): void {
    this.runIn(AFTER_START_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  changed(): void {
    this.runIn(AFTER_CHANGE_MS);
  }

  /** What is due sooner stays due. */
  private runIn(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (this.stopped || at >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = at;
    this.timer = setTimeout(() => {
      this.dueAt = Infinity;
      this.running = this.running.then(() => this.run()).finally(() => this.runIn(EVERY_MS));
    }, milliseconds);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    await this.applyPolicies().catch((error: unknown) => this.failed('policies', error));
    if (!this.stopped) await this.writeArchive().catch((error: unknown) => this.failed('archive', error));
  }

  private async applyPolicies(): Promise<void> {
    const { database, settings } = this.marketData;
    const policies = {
      compressAfterDays: settings.MARKET_DATA_COMPRESS_AFTER_DAYS,
      retentionDays: settings.MARKET_DATA_RETENTION_DAYS,
    };
    const today = new Date().toISOString().slice(0, 10);
    const { compressedChunks, trimmedYears } = await runBarPolicies(database, policies, today);
    if (compressedChunks > 0) this.logger.log(`compressed ${compressedChunks} chunks of bars`);
    if (trimmedYears.length > 0)
      this.logger.log(`removed bars of ${trimmedYears.join(', ')}: older than they are kept`);
  }

  private async writeArchive(): Promise<void> {
    const report = await this.marketData.archive?.sync();
    if (report === undefined || report.written.length + report.removed.length === 0) return;
    this.metrics.archived(report.written.length);
    this.logger.log(`Parquet files written: ${report.written.join(', ')}${removedText(report.removed)}`);
  }

  private failed(task: 'policies' | 'archive', error: unknown): void {
    this.metrics.failed(task);
    this.logger.warn(`the ${task} of market data failed and are tried again within the hour: ${String(error)}`);
  }
}

const removedText = (removed: readonly string[]): string =>
  removed.length === 0 ? '' : `; removed: ${removed.join(', ')}`;
