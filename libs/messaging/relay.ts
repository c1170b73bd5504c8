import type { RecordedEvent } from '#domain';
import { type EventStore, readKnownEvents, UnknownEventError } from '#event-store';

import type { MessageBus, OutgoingMessage, PublishOutcome } from './message-bus.js';
import { LeaseLostError, type RelayCheckpoint, type RelayProgress } from './relay-checkpoint.js';
import type { RelayLease } from './relay-lease.js';

/** What becomes of an event outside: null for one that is not published. */
export type ToMessage = (
  event: RecordedEvent,
) => (Pick<OutgoingMessage, 'key' | 'properties'> & { readonly payload: object }) | null;

export interface RelayOptions {
  readonly log: Pick<EventStore, 'readLog' | 'onSequenced'>;
  readonly bus: MessageBus;
  readonly topic: string;
  readonly checkpoint: RelayCheckpoint;
  readonly lease: RelayLease;
  readonly toMessage: ToMessage;
  /** rings while the log is ahead, as soon as it is: for a doorbell to others */
  readonly onAdvanced?: (position: bigint) => void;
  /** events between two checkpoints, all of them in flight at once; default 100 */
  readonly batchSize?: number;
  /** how long to trust that the log did not ring, and how often to ask for the lease; default 500 */
  readonly pollMs?: number;
  /** wait after a failure, doubled with each further one up to 5 s; default 100 */
  readonly retryMs?: number;
  /** how long the lease is left to others after an event that only a newer program knows; default 5,000 */
  readonly leaveMs?: number;
  readonly report?: (report: RelayReport) => void;
}

export type RelayReport =
  /** this process publishes from now on; whether the bus drops repeats, which publishing again relies on */
  | { readonly kind: 'LEADING'; readonly progress: RelayProgress; readonly deduplicating: boolean }
  | { readonly kind: 'STANDING_BY' }
  | { readonly kind: 'PUBLISHED'; readonly progress: RelayProgress; readonly outcomes: readonly PublishOutcome[] }
  /** it will be tried again: nothing is skipped */
  | { readonly kind: 'FAILED'; readonly error: unknown; readonly progress: RelayProgress }
  /** more was dropped than a crash can have left: the bus knows another log under the same name */
  | { readonly kind: 'ALREADY_PUBLISHED'; readonly progress: RelayProgress };

const BATCH_SIZE = 100;
const RETRY_MS_MAX = 5_000;
const LEAVE_MS = 5_000;
/**
 * UTF-16 units in flight; a longer message is in flight alone. The broker may refuse one for its length, and what follows
 * it must not be there before it.
 */
const IN_FLIGHT_LENGTH_MAX = 500_000;

/**
 * Publishes the log in its order. The n-th message published has the sequence id n, so whoever publishes a part of the
 * log gives the same messages the same ids: what was published before a crash and is not in the checkpoint yet, or by two
 * relays at once, is dropped by the bus the second time. Only the holder of the lease publishes.
 */
export class Relay {
  private progress: RelayProgress = { position: 0n, sequenceId: 0n };
  private token: bigint | null = null;
  private ahead: { readonly after: bigint; readonly events: Promise<readonly RecordedEvent[]> } | null = null;
  private saving: Promise<void> | null = null;
  private unsaved = false;
  private saveFailure: Error | null = null;
  private standingBy = false;
  private duplicatesInARow = 0;
  private loop: Promise<void> | null = null;
  private stopping = false;
  private rung = false;
  private wake: () => void = () => undefined;
  private leaveLog: () => void = () => undefined;

  constructor(private readonly options: RelayOptions) {}

  /** the last position this relay has dealt with */
  get position(): bigint {
    return this.progress.position;
  }

  /** whether it is this one that publishes */
  get leading(): boolean {
    return this.token !== null;
  }

  start(): void {
    this.stopping = false;
    this.leaveLog = this.options.log.onSequenced(() => this.ring());
    this.loop = this.follow();
  }

  /** Finishes what is in flight, writes the checkpoint and leaves the lease to others. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.leaveLog();
    this.ring();
    await this.loop;
    await this.stepDown();
    await this.options.lease.release();
  }

  private async follow(): Promise<void> {
    const { pollMs = 500, retryMs = 100 } = this.options;
    let failures = 0;
    while (!this.stopping) {
      // before looking: a ring while looking is for what was not there yet
      this.rung = false;
      try {
        await this.throwSaveFailure();
        if (!(await this.lead())) {
          await this.pause(pollMs, { despiteRings: true });
          continue;
        }
        const moved = await this.publishBatch();
        failures = 0;
        if (!moved) await this.pause(pollMs);
      } catch (error) {
        this.options.report?.({ kind: 'FAILED', error, progress: this.progress });
        if (error instanceof UnknownEventError) await this.leaveToNewer().catch(() => undefined);
        await this.pause(Math.min(retryMs * 2 ** failures++, RETRY_MS_MAX), { despiteRings: true });
      }
    }
  }

  /** Whether the lease is ours. A new holder goes on from where the checkpoint is. */
  private async lead(): Promise<boolean> {
    const { lease, checkpoint, report } = this.options;
    if (this.token !== null && lease.held) return true;
    if (this.token !== null) await this.stepDown();
    const token = await lease.acquire();
    if (token === null) {
      if (!this.standingBy) report?.({ kind: 'STANDING_BY' });
      this.standingBy = true;
      return false;
    }
    this.progress = await checkpoint.load();
    const deduplicating = await this.isDeduplicating();
    [this.token, this.standingBy, this.duplicatesInARow] = [token, false, 0];
    report?.({ kind: 'LEADING', progress: this.progress, deduplicating });
    return true;
  }

  /** Holding the lease would keep a newer program, which knows the event, from publishing it. */
  private async leaveToNewer(): Promise<void> {
    await this.stepDown();
    await this.options.lease.release();
    this.options.report?.({ kind: 'STANDING_BY' });
    this.standingBy = true;
    await this.pause(this.options.leaveMs ?? LEAVE_MS, { despiteRings: true });
  }

  /** The broker lets one of our name write at a time: whoever leads next must not have to wait for us. */
  private async stepDown(): Promise<void> {
    this.token = null;
    await this.saving;
    for (const topic of [this.options.topic, this.probeTopic]) await this.options.bus.release(topic);
  }

  /** Asked of the bus itself: the setting is the broker's, and off unless somebody has switched it on. */
  private async isDeduplicating(): Promise<boolean> {
    const probe = { topic: this.probeTopic, key: '', sequenceId: 1n, payload: 'null' };
    await this.options.bus.publish(probe);
    return (await this.options.bus.publish(probe)) === 'DUPLICATE';
  }

  private get probeTopic(): string {
    return `${this.options.topic}-deduplication-check`;
  }

  /** false where the log has nothing new */
  private async publishBatch(): Promise<boolean> {
    const { onAdvanced, report } = this.options;
    const from = this.progress;
    const events = await this.read(from.position);
    const last = events.at(-1);
    if (last === undefined) return false;
    onAdvanced?.(last.position);
    const outcomes: PublishOutcome[] = [];
    try {
      await this.publishAll(events, outcomes);
    } finally {
      if (this.progress.position > from.position) {
        if (this.token !== null) this.save(this.token);
        report?.({ kind: 'PUBLISHED', progress: this.progress, outcomes });
        this.watchDuplicates(outcomes);
      }
    }
    return true;
  }

  /**
   * While a full batch is published the next one is read.
   * @throws UnknownEventError where the next event is one that a newer program wrote: those before it are published
   */
  private async read(after: bigint): Promise<readonly RecordedEvent[]> {
    const { log, batchSize = BATCH_SIZE } = this.options;
    const ahead = this.ahead;
    this.ahead = null;
    const events = await (ahead?.after === after ? ahead.events : readKnownEvents(log, after, batchSize));
    const last = events.at(-1);
    if (last !== undefined && events.length === batchSize) {
      this.ahead = { after: last.position, events: readKnownEvents(log, last.position, batchSize) };
      this.ahead.events.catch(() => undefined);
    }
    return events;
  }

  /** Moves the progress with each message that the bus has, up to the first that failed. */
  private async publishAll(events: readonly RecordedEvent[], outcomes: PublishOutcome[]): Promise<void> {
    const { bus, topic, toMessage } = this.options;
    let inFlight: { readonly position: bigint; readonly outcome: Promise<PublishOutcome> | null }[] = [];
    let length = 0;
    let sequenceId = this.progress.sequenceId;
    const settle = async (): Promise<void> => {
      const sent = inFlight;
      [inFlight, length] = [[], 0];
      // one failure is enough to hear of
      for (const { outcome } of sent) outcome?.catch(() => undefined);
      for (const { position, outcome } of sent) {
        if (outcome !== null) outcomes.push(await outcome);
        this.progress = { position, sequenceId: this.progress.sequenceId + (outcome === null ? 0n : 1n) };
      }
    };
    for (const event of events) {
      const message = toMessage(event);
      if (message === null) {
        inFlight.push({ position: event.position, outcome: null });
        continue;
      }
      const payload = JSON.stringify(message.payload);
      if (length > 0 && length + payload.length > IN_FLIGHT_LENGTH_MAX) await settle();
      if (!this.options.lease.held) break;
      sequenceId += 1n;
      length += payload.length;
      inFlight.push({
        position: event.position,
        outcome: bus.publish({ ...message, topic, sequenceId, payload }),
      });
    }
    await settle();
  }

  /** After the bus has it, beside what comes next: one at a time, and then the newest. */
  private save(token: bigint): void {
    this.unsaved = true;
    this.saving ??= this.saveNewest(token).finally(() => (this.saving = null));
  }

  private async saveNewest(token: bigint): Promise<void> {
    try {
      while (this.unsaved) {
        this.unsaved = false;
        await this.options.checkpoint.save(this.progress, token);
      }
    } catch (error) {
      this.saveFailure = error instanceof Error ? error : new Error(String(error));
      this.ring();
    }
  }

  /** Whatever it was: whoever leads next goes on from the checkpoint, be it ourselves. */
  private async throwSaveFailure(): Promise<void> {
    const error = this.saveFailure;
    if (error === null) return;
    this.saveFailure = null;
    await this.stepDown();
    if (error instanceof LeaseLostError) await this.options.lease.release();
    throw error;
  }

  /** A crash, or a rival, leaves a few batches to be published again. A restored copy of the log leaves more. */
  private watchDuplicates(outcomes: readonly PublishOutcome[]): void {
    for (const outcome of outcomes) this.duplicatesInARow = outcome === 'DUPLICATE' ? this.duplicatesInARow + 1 : 0;
    const { batchSize = BATCH_SIZE, report } = this.options;
    if (this.duplicatesInARow > 3 * batchSize) report?.({ kind: 'ALREADY_PUBLISHED', progress: this.progress });
  }

  private ring(): void {
    this.rung = true;
    this.wake();
  }

  private async pause(ms: number, { despiteRings = false } = {}): Promise<void> {
    if ((this.rung && !despiteRings) || this.stopping) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = () => {
        if (!despiteRings || this.stopping) done();
      };
    });
  }
}
