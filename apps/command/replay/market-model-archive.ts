import { Inject, Injectable } from '@nestjs/common';
import { MARKET_MODEL_STREAM, type MarketModel, type RiskModelPublished } from '#domain';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { MarketModelCache } from '../market-model/market-model-cache.js';

/** models that are kept parsed: a replay goes through them in order */
const KEPT_MAX = 3;

/** Every market model that was ever published, by the hash of its content. */
@Injectable()
export class MarketModelArchive {
  private readonly kept = new Map<string, MarketModel>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly cache: MarketModelCache,
  ) {}

  /** Undefined where the log has none of that name. */
  async find(modelId: string): Promise<MarketModel | undefined> {
    const current = this.cache.current();
    if (current?.model_id === modelId) return current;
    return this.kept.get(modelId) ?? this.read(modelId);
  }

  /** From the newest back: what is asked for is more often young than old. */
  private async read(modelId: string): Promise<MarketModel | undefined> {
    const options = { direction: 'BACKWARDS', limit: 1 } as const;
    let [event] = await this.store.readStream(MARKET_MODEL_STREAM, options);
    while (event !== undefined) {
      const { model } = event.data as RiskModelPublished['data'];
      if (model.model_id === modelId) return this.keep(model);
      if (event.version === 1) return undefined;
      [event] = await this.store.readStream(MARKET_MODEL_STREAM, { ...options, fromVersion: event.version - 1 });
    }
    return undefined;
  }

  private keep(model: MarketModel): MarketModel {
    this.kept.set(model.model_id, model);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
    return model;
  }
}
