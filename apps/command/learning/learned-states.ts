import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  type Champions,
  evolveChampions,
  LEARNED_STATE_STREAM,
  type LearnedStateEvent,
  NO_CHAMPIONS,
  PRIOR_LEARNED_STATE,
  type RecordedLearnedState,
  toLearnedState,
} from '#domain';
import type { LearnedState } from '#engine';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';

/** while the log rings without pause, look this often */
const LOOK_MS = 100;

/** What is believed of sources, and every state that ever was proposed: known at once here, a moment after the doorbell elsewhere. */
@Injectable()
export class LearnedStates implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(LearnedStates.name);
  private readonly proposed = new Map<string, { readonly state: LearnedState; readonly until: string }>();
  private folded: { readonly version: number; readonly champions: Champions } = { version: 0, champions: NO_CHAMPIONS };
  private timer: NodeJS.Timeout | undefined;
  private stopListening: () => void = () => undefined;

  constructor(@Inject(EVENT_STORE) private readonly store: CommandStore) {}

  async onModuleInit(): Promise<void> {
    this.stopListening = this.store.onSequenced(() => this.lookSoon());
    await this.look();
  }

  onApplicationShutdown(): void {
    this.stopListening();
    clearTimeout(this.timer);
  }

  /** The champion: what a coordination uses now. */
  current(): LearnedState {
    return this.proposed.get(this.folded.champions.champion)?.state ?? PRIOR_LEARNED_STATE;
  }

  champions(): Champions {
    return this.folded.champions;
  }

  /** of the stream */
  version(): number {
    return this.folded.version;
  }

  /** Until when a state had seen outcomes; null for the prior. */
  learnedUntil(id: string): string | null {
    return this.proposed.get(id)?.until ?? null;
  }

  /** The state of an id that was recorded; undefined where the log has none. */
  async find(id: string): Promise<LearnedState | undefined> {
    if (id === PRIOR_LEARNED_STATE.id) return PRIOR_LEARNED_STATE;
    if (!this.proposed.has(id)) await this.look();
    return this.proposed.get(id)?.state;
  }

  /** Reads what was added since. */
  async look(): Promise<void> {
    const events = await this.store.readStream(LEARNED_STATE_STREAM, { fromVersion: this.folded.version + 1 });
    for (const { version, type, data } of events) {
      if (version !== this.folded.version + 1) continue;
      const event = { type, data } as LearnedStateEvent;
      const before = this.folded.champions.champion;
      this.folded = { version, champions: evolveChampions(this.folded.champions, event) };
      if (event.type === 'learned_state_proposed') this.keep(event.data.state, event.data.learned_until);
      const { champion } = this.folded.champions;
      if (champion !== before) this.logger.log(`learned state ${champion} is used in place of ${before}`);
    }
  }

  private keep(recorded: RecordedLearnedState, until: string): void {
    this.proposed.set(recorded.learned_state_id, { state: toLearnedState(recorded), until });
  }

  private lookSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.look().catch((error: unknown) => this.logger.warn(`learned states could not be read: ${String(error)}`));
    }, LOOK_MS);
  }
}
