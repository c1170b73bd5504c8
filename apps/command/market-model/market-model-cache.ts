import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { MARKET_MODEL_STREAM, type MarketModel, type RecordedEvent, type RiskModelPublished } from '#domain';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';

/** while the log rings without pause, look this often */
const LOOK_MS = 100;

/** The newest published market model, wherever it was published: known at once here, a moment after the doorbell elsewhere. */
@Injectable()
export class MarketModelCache implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(MarketModelCache.name);
  private newest: { readonly model: MarketModel; readonly version: number } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopListening: () => void = () => undefined;

  constructor(@Inject(EVENT_STORE) private readonly store: CommandStore) {}

  async onModuleInit(): Promise<void> {
    this.stopListening = this.store.onSequenced(() => this.lookSoon());
    const [event] = await this.store.readStream(MARKET_MODEL_STREAM, { direction: 'BACKWARDS', limit: 1 });
    if (event !== undefined) this.keep(event);
  }

  onApplicationShutdown(): void {
    this.stopListening();
    clearTimeout(this.timer);
  }

  current(): MarketModel | undefined {
    return this.newest?.model;
  }

  /** of the stream of models; 0 where there is none */
  version(): number {
    return this.newest?.version ?? 0;
  }

  /** Reads what was published since. A model is large: what is known already is not read again. */
  async look(): Promise<void> {
    for (;;) {
      const fromVersion = this.version() + 1;
      const [event] = await this.store.readStream(MARKET_MODEL_STREAM, { fromVersion, limit: 1 });
      if (event === undefined) return;
      if (event.version > this.version()) this.keep(event);
    }
  }

  private keep(event: RecordedEvent): void {
    this.newest = { model: (event.data as RiskModelPublished['data']).model, version: event.version };
    this.logger.log(`market model ${this.newest.model.model_id} of ${this.newest.model.as_of} is current`);
  }

  private lookSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.look().catch((error: unknown) => this.logger.warn(`the market model could not be read: ${String(error)}`));
    }, LOOK_MS);
  }
}
