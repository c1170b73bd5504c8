import { Inject, Injectable, Logger } from '@nestjs/common';
import { Command, CommandBus, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { MarketModel, RiskModelReport } from '#domain';
import type { ReportedModel } from '#market-data';
import { ProblemException } from '#platform';
import { CLOCK, type Clock } from '../command-adapters.js';
import type { CommandContext } from '../command-context.js';
import { PublishMarketModel } from '../market-model/publish-market-model.js';
import type { BarSource, BuildTask } from './build-task.js';
import { RISK_MODELS, type RiskModelAdapters } from './risk-model-adapters.js';
import { RiskModelMetrics } from './risk-model-metrics.js';

/** What a build came to. */
export interface RiskModelBuild {
  readonly model: Pick<MarketModel, 'model_id' | 'as_of' | 'regime'> & { readonly instruments: number };
  /** of the stream of models */
  readonly version: number;
  /** false where the model that is current came out again: nothing was published */
  readonly published: boolean;
  readonly position: bigint | null;
  readonly report: RiskModelReport;
}

/** Builds a risk model of the bars that are stored, tests it and makes it the current one. Coordinations go on meanwhile. */
export class BuildRiskModel extends Command<RiskModelBuild> {
  constructor(readonly context: CommandContext) {
    super();
  }
}

@Injectable()
@CommandHandler(BuildRiskModel)
export class BuildRiskModelHandler implements ICommandHandler<BuildRiskModel> {
  private readonly logger = new Logger('RiskModel');
  private running: Promise<unknown> = Promise.resolve();
  private waiting: Promise<RiskModelBuild> | null = null;

  constructor(
    @Inject(RISK_MODELS) private readonly adapters: RiskModelAdapters,
    @Inject(CLOCK) private readonly now: Clock,
    private readonly commands: CommandBus,
    private readonly metrics: RiskModelMetrics,
  ) {}

  /** One after another. A build under way may have read the bars before they changed: who asks meanwhile shares the one after it. */
  execute({ context }: BuildRiskModel): Promise<RiskModelBuild> {
    this.waiting ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.waiting = null;
        const build = this.build(context);
        this.running = build;
        return build;
      });
    return this.waiting;
  }

  private async build(context: CommandContext): Promise<RiskModelBuild> {
    try {
      const asOf = this.now().toISOString().slice(0, 10);
      const built = await this.run({ source: await this.source(), asOf });
      if (built === null) {
        this.metrics.ended('NO_BARS');
        const detail = 'There are no bars to build a risk model of: POST /market-data/bars takes them.';
        throw new ProblemException('not-found', { detail });
      }
      return await this.publish(built, context);
    } catch (error) {
      if (!(error instanceof ProblemException)) this.metrics.ended('FAILED');
      throw error;
    }
  }

  private async run(task: BuildTask): Promise<ReportedModel | null> {
    const { built, notice, readMs, buildMs } = await this.adapters.builder.build(task);
    if (notice !== null) this.logger.warn(notice);
    this.metrics.took('read', readMs);
    if (built === null) return null;
    this.metrics.took('build', buildMs);
    return JSON.parse(Buffer.from(built).toString('utf8')) as ReportedModel;
  }

  private async publish({ model, report }: ReportedModel, context: CommandContext): Promise<RiskModelBuild> {
    const { version, position, published } = await this.commands.execute(
      new PublishMarketModel(model, context, report),
    );
    this.metrics.built(report);
    this.metrics.ended(published ? 'PUBLISHED' : 'UNCHANGED');
    for (const warning of report.warnings) this.logger.warn(`risk model ${model.model_id}: ${warning}`);
    const { model_id, as_of, regime, instruments } = model;
    return {
      model: { model_id, as_of, regime, instruments: instruments.length },
      version,
      published,
      position,
      report,
    };
  }

  /** The Parquet files where there are any, brought up to date first. */
  private async source(): Promise<BarSource> {
    const { marketData, marketDataUrl } = this.adapters;
    if (marketData.archive === null) return { kind: 'SQL', url: marketDataUrl };
    await marketData.archive.sync();
    return { kind: 'PARQUET', folder: marketData.archive.folder, instruments: await marketData.store.instruments() };
  }
}
