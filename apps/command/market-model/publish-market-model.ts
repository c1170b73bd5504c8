import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { schemaVersionOf } from '#contracts';
import { MARKET_MODEL_STREAM, type MarketModel, type RiskModelReport } from '#domain';
import { canonicalHash } from '#platform';
import { appendOrShed, withRetries } from '../append-outcome.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import { MarketModelCache } from './market-model-cache.js';

export interface PublishedModel {
  readonly version: number;
  /** false where it was current already */
  readonly published: boolean;
  /** null where it was current already, or its position was not known in time */
  readonly position: bigint | null;
}

/** Makes a market model the current one. Publishing what is current already changes nothing. */
export class PublishMarketModel extends Command<PublishedModel> {
  constructor(
    readonly model: MarketModel,
    readonly context: CommandContext,
    /** of its build, where it was built here */
    readonly report?: RiskModelReport,
  ) {
    super();
  }
}

@CommandHandler(PublishMarketModel)
export class PublishMarketModelHandler implements ICommandHandler<PublishMarketModel> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly cache: MarketModelCache,
  ) {}

  execute({ model, context, report }: PublishMarketModel): Promise<PublishedModel> {
    requireContentHash(model);
    return withRetries(async () => {
      await this.cache.look();
      const version = this.cache.version();
      if (this.cache.current()?.model_id === model.model_id) return { version, published: false, position: null };
      const type = 'risk_model_published';
      const data = { model, ...(report === undefined ? {} : { report }) };
      const outcome = await appendOrShed(this.store, {
        streams: [
          {
            stream: MARKET_MODEL_STREAM,
            expectedVersion: version,
            events: [{ type, data, schemaVersion: schemaVersionOf(type) }],
          },
        ],
        metadata: eventMetadata(context),
      });
      if (outcome.kind !== 'APPENDED') return null;
      await this.cache.look();
      return { version: version + 1, published: true, position: outcome.position };
    });
  }
}

/** Coordinations name a model by its id alone, so the id must be that of its content. */
function requireContentHash({ model_id, ...content }: MarketModel): void {
  const hash = canonicalHash(content);
  if (model_id !== hash) throw new Error(`market model ${model_id} has the content of ${hash}`);
}
