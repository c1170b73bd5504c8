import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { RecordedEvent } from '#domain';
import { OperatorError } from '#platform';
import { rowChanges } from '#projections';
import {
  type AdvanceSignal,
  CheckpointMovedError,
  type DeadLetter,
  deadLetter,
  type TimescaleReadModels,
} from '#read-models';
import { isEventsFault } from './events-fault.js';
import type { EventLog } from './projector-adapters.js';
import type { ProjectorMetrics } from './projector-metrics.js';

export interface ReadModelProjectorOptions {
  /** events folded in one transaction */
  readonly batchSize: number;
  /** how often an event that cannot be folded is tried before it is parked */
  readonly attemptsMax: number;
  /** wait before the second attempt; each further one waits as much longer */
  readonly attemptDelayMs: number;
}

interface Dependencies {
  readonly eventStore: EventLog;
  readonly readModels: TimescaleReadModels;
  readonly advance: AdvanceSignal;
  readonly metrics: ProjectorMetrics;
}

const PROJECTION = 'read-models';

/**
 * Folds the log into the tables: the event at checkpoint + 1 and no other, each batch in one transaction with its
 * checkpoint. An event that cannot be folded is parked with the reason, and so is every later event of its stream, whose
 * meaning may hang on it; the rest of the log goes on.
 */
export class ReadModelProjector {
  private readonly logger = new Logger(ReadModelProjector.name);
  private checkpoint: bigint | null = null;
  private parked: readonly DeadLetter[] = [];

  constructor(
    private readonly to: Dependencies,
    private readonly options: ReadModelProjectorOptions,
  ) {}

  /** Finds where to go on. Throws an OperatorError where the tables hold more than the log: they belong to another one. */
  async open(): Promise<bigint> {
    const { readModels, eventStore } = this.to;
    const [checkpoint, end] = [await readModels.checkpoint(), await eventStore.lastPosition()];
    if (checkpoint > end) {
      throw new OperatorError(
        `The read models are folded up to position ${checkpoint} but the log ends at ${end}: they belong to another log. Name the right databases, or empty the read models to fold this log into them.`,
      );
    }
    this.remember(await readModels.deadLetters());
    return (this.checkpoint = checkpoint);
  }

  /** Applies the next batch. Gives whether there may be more. Rejects where a server does not answer. */
  async step(): Promise<boolean> {
    const after = this.checkpoint ?? (await this.open());
    const events = await this.to.eventStore.readLog(after, this.options.batchSize);
    if (events.length === 0) {
      this.to.metrics.stands(PROJECTION, after, after, null);
      return false;
    }
    refuseGaps(after, events);
    try {
      await this.applyOrSplit(after, events);
    } catch (error) {
      if (!(error instanceof CheckpointMovedError)) throw error;
      this.logger.warn(`${error.message} Going on from where it stands.`);
      this.checkpoint = null;
      return true;
    }
    const full = events.length === this.options.batchSize;
    const at = events.at(-1);
    if (at !== undefined) {
      const end = full ? await this.to.eventStore.lastPosition() : at.position;
      this.to.metrics.stands(PROJECTION, at.position, end, at.recordedAt);
    }
    return full;
  }

  /**
   * Tries the parked events again, stream by stream in their order, as far as they can be folded now. Gives how many were.
   */
  async retryParked(): Promise<number> {
    const at = this.checkpoint ?? (await this.open());
    const stuck = new Set<string>();
    let applied = 0;
    for (const letter of this.parked) {
      if (stuck.has(letter.stream)) continue;
      const [event] = await this.to.eventStore.readLog(letter.position - 1n, 1);
      if (event === undefined) throw new Error(`The log ends before the parked position ${letter.position}.`);
      try {
        await this.to.readModels.applyParked(at, [letter.position], rowChanges(event));
        applied += 1;
      } catch (error) {
        if (!(await isEventsFault(error, this.to.readModels))) throw error;
        stuck.add(letter.stream);
      }
    }
    this.remember(await this.to.readModels.deadLetters());
    if (applied > 0) this.to.advance.advanced();
    return applied;
  }

  /** The whole batch at once; where that fails, one event after the other, to find the one that is to blame. */
  private async applyOrSplit(after: bigint, events: readonly RecordedEvent[]): Promise<void> {
    const started = performance.now();
    try {
      await this.apply(after, events);
    } catch (error) {
      if (!(await isEventsFault(error, this.to.readModels))) throw error;
      for (const event of events) await this.applyOrPark(event, events.length === 1 ? error : undefined);
    }
    this.to.metrics.applied(PROJECTION, events.length, performance.now() - started);
  }

  private async apply(after: bigint, events: readonly RecordedEvent[]): Promise<void> {
    const held = new Map(this.parked.map((letter) => [letter.stream, letter.position]));
    const [folded, waiting] = [
      events.filter(({ stream }) => !held.has(stream)),
      events.filter(({ stream }) => held.has(stream)),
    ];
    const parked = waiting.map((event) =>
      deadLetter(event, {
        reason: 'HELD',
        error: `waits for the event at position ${held.get(event.stream)} of its stream`,
        attempts: 0,
      }),
    );
    await this.write(after, events.at(-1)?.position ?? after, folded, parked);
  }

  /** @param failure of an attempt that was made already */
  private async applyOrPark(event: RecordedEvent, failure: unknown): Promise<void> {
    const after = event.position - 1n;
    let lastError = failure;
    for (let attempt = failure === undefined ? 1 : 2; attempt <= this.options.attemptsMax; attempt++) {
      if (attempt > 1) await sleep(this.options.attemptDelayMs * (attempt - 1));
      try {
        return await this.apply(after, [event]);
      } catch (error) {
        if (!(await isEventsFault(error, this.to.readModels))) throw error;
        this.to.metrics.failed(PROJECTION, 'EVENT');
        lastError = error;
      }
    }
    const error = lastError instanceof Error ? `${lastError.name}: ${lastError.message}` : String(lastError);
    const letter = deadLetter(event, { reason: 'FAILED', error, attempts: this.options.attemptsMax });
    this.logger.error(
      `Parked the ${event.type} at position ${event.position} of ${event.stream} after ${letter.attempts} attempts: ${error}`,
    );
    await this.write(after, event.position, [], [letter]);
  }

  private async write(
    after: bigint,
    upTo: bigint,
    folded: readonly RecordedEvent[],
    parked: readonly DeadLetter[],
  ): Promise<void> {
    const changes = folded.flatMap((event) => rowChanges(event));
    await this.to.readModels.apply({ after, upTo, changes, parked });
    this.checkpoint = upTo;
    if (parked.length > 0) this.remember([...this.parked, ...parked]);
    this.to.advance.advanced();
  }

  private remember(parked: readonly DeadLetter[]): void {
    this.parked = parked;
    const failed = parked.filter(({ reason }) => reason === 'FAILED').length;
    this.to.metrics.deadLetters({ FAILED: failed, HELD: parked.length - failed });
  }
}

function refuseGaps(after: bigint, events: readonly RecordedEvent[]): void {
  for (const [index, event] of events.entries()) {
    const expected = after + BigInt(index) + 1n;
    if (event.position !== expected)
      throw new Error(`The log gave position ${event.position} where ${expected} was due.`);
  }
}
