import type { RecordedEvent } from '#domain';
import type { EventStore } from '#event-store';

import type { MessageBus } from './message-bus.js';

/** How far a relay has published. */
export interface RelayCheckpoint {
  /** the last position published; 0 at first */
  load(): Promise<bigint>;
  save(position: bigint): Promise<void>;
}

export interface RelayOptions {
  readonly log: Pick<EventStore, 'readLog' | 'onSequenced'>;
  readonly bus: MessageBus;
  readonly topic: string;
  readonly checkpoint: RelayCheckpoint;
  /** null for an event that is not published */
  readonly toMessage: (event: RecordedEvent) => { readonly key: string; readonly payload: object } | null;
  /** events between two checkpoints; default 100 */
  readonly batchSize?: number;
  /** how long to trust that the log did not ring; default 1,000 */
  readonly pollMs?: number;
  /** wait after a failure, doubled with each further one up to 30 s; default 200 */
  readonly retryMs?: number;
  /** a failure that will be tried again: nothing is skipped */
  readonly onFailure?: (error: unknown, position: bigint) => void;
}

const RETRY_MS_MAX = 30_000;

/**
 * Publishes the log in its order, one message at a time, with the position as sequence id: what was published before a
 * crash and not yet in the checkpoint is published again and dropped by the bus.
 */
export class Relay {
  private published = 0n;
  private loop: Promise<void> | null = null;
  private stopping = false;
  private rung = false;
  private wake: () => void = () => undefined;
  private leaveLog: () => void = () => undefined;

  constructor(private readonly options: RelayOptions) {}

  /** the last position this relay has dealt with */
  get position(): bigint {
    return this.published;
  }

  async start(): Promise<void> {
    this.published = await this.options.checkpoint.load();
    this.stopping = false;
    this.leaveLog = this.options.log.onSequenced(() => this.ring());
    this.loop = this.follow();
  }

  /** Finishes the message in flight and writes the checkpoint. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.leaveLog();
    this.ring();
    await this.loop;
  }

  private async follow(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      // before looking: a ring while looking is for what was not there yet
      this.rung = false;
      try {
        const moved = await this.publishBatch();
        failures = 0;
        if (!moved) await this.pause(this.options.pollMs ?? 1_000);
      } catch (error) {
        this.options.onFailure?.(error, this.published + 1n);
        this.rung = false;
        await this.pause(Math.min((this.options.retryMs ?? 200) * 2 ** failures++, RETRY_MS_MAX));
      }
    }
  }

  /** false where the log has nothing new */
  private async publishBatch(): Promise<boolean> {
    const { log, bus, topic, checkpoint, toMessage, batchSize = 100 } = this.options;
    const from = this.published;
    const events = await log.readLog(from, batchSize);
    try {
      for (const event of events) {
        if (this.stopping) break;
        const message = toMessage(event);
        if (message !== null) {
          const { key, payload } = message;
          await bus.publish({ topic, key, sequenceId: event.position, payload: JSON.stringify(payload) });
        }
        this.published = event.position;
      }
    } finally {
      if (this.published > from) await checkpoint.save(this.published);
    }
    return events.length > 0;
  }

  private ring(): void {
    this.rung = true;
    this.wake();
  }

  private async pause(ms: number): Promise<void> {
    if (this.rung || this.stopping) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
