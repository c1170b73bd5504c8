import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { RecordedEvent } from '#domain';
import { OperatorError, recordSpan } from '#platform';
import {
  type AdvanceSignal,
  type DeadLetter,
  deadLetter,
  LaneFencedError,
  type LaneHold,
  LanesHeldError,
  type TimescaleReadModels,
} from '#read-models';
import { foldEvents, heldStreams } from './lanes/fold-events.js';
import { type LaneGroup, movedLanes, nextGroup } from './lanes/lane-group.js';
import { readGroup, UnknownEventError } from './lanes/read-group.js';
import { isEventsFault, sentenceOf } from './parked/events-fault.js';
import type { EventLog } from './projector-adapters.js';
import type { ProjectorMetrics } from './projector-metrics.js';

export interface ReadModelProjectorOptions {
  /** names this projector and no other one */
  readonly owner: string;
  /** a lane whose projector was not heard of for this long goes to another one; null where the tables are ours alone */
  readonly leaseMs: number | null;
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
/** how often a lease is renewed within its time */
const RENEWALS = 4;
/** while the tables are compared */
const STILL_DELAY_MS = 25;

/**
 * Folds the log into the tables, the lanes that it holds: the event after a lane's position and no other, each batch in one
 * transaction with the positions. An event that cannot be folded is parked with the reason, and so is every later event of
 * its stream, whose meaning may hang on it; the rest of the log goes on.
 */
export class ReadModelProjector {
  private readonly logger = new Logger(ReadModelProjector.name);
  /** null where it has to be looked up */
  private lanes: readonly LaneHold[] | null = null;
  private laneCount = 0;
  private parked: readonly DeadLetter[] = [];
  private renewAt = 0;
  /** why this program folds no more: another one, that knows the log, has to */
  private superseded: UnknownEventError | null = null;

  constructor(
    private readonly to: Dependencies,
    private readonly options: ReadModelProjectorOptions,
  ) {}

  /**
   * Takes its share of the lanes. Gives the position up to which every event is folded, by whomever.
   * Throws an OperatorError where the tables hold more than the log: they belong to another one.
   */
  async open(): Promise<bigint> {
    const { readModels, eventStore } = this.to;
    const [lanes, end] = [await readModels.lanes(), await eventStore.lastPosition()];
    const furthest = lanes.reduce((held, { position }) => (position > held ? position : held), 0n);
    if (furthest > end) {
      throw new OperatorError(
        `The read models are folded up to position ${furthest} but the log ends at ${end}: they belong to another log. Name the right databases, or empty the read models to fold this log into them.`,
      );
    }
    this.laneCount = lanes.length;
    await this.renew();
    return readModels.checkpoint();
  }

  /** Whether it is the one that does what only one of several projectors has to: the one with the first lane. */
  get leads(): boolean {
    return this.lanes?.some(({ lane }) => lane === 0) ?? false;
  }

  /** Applies the next batch. Gives whether there may be more. Rejects where a server does not answer. */
  async step(): Promise<boolean> {
    if (this.superseded !== null) throw this.superseded;
    const group = nextGroup(await this.heldLanes());
    if (group === null) return false;
    const { batchSize } = this.options;
    const events = await this.read(group);
    const at = events.at(-1);
    if (at === undefined) {
      this.to.metrics.stands(PROJECTION, group.after, group.after, null);
      return false;
    }
    try {
      await this.applyOrSplit(group, events);
    } catch (error) {
      if (error instanceof LanesHeldError) await sleep(STILL_DELAY_MS);
      else if (error instanceof LaneFencedError) {
        this.logger.log(`${error.message} Looking again.`);
        this.lanes = null;
      } else throw error;
      return true;
    }
    const more = events.length === batchSize || group.until !== null;
    const end = more ? await this.to.eventStore.lastPosition() : at.position;
    this.to.metrics.stands(PROJECTION, at.position, end, at.recordedAt);
    return more;
  }

  /** Others may take the lanes at once. */
  async close(): Promise<void> {
    this.lanes = null;
    await this.to.readModels.releaseLanes(this.options.owner);
  }

  /**
   * An event of a newer program is left to one that knows it: holding the lanes would keep that one from them. They are not
   * taken again, because what follows will be of the newer program, too.
   */
  private async read(group: LaneGroup): Promise<readonly RecordedEvent[]> {
    try {
      return await readGroup(this.to.eventStore, group, this.options.batchSize);
    } catch (error) {
      if (error instanceof UnknownEventError && this.options.leaseMs !== null) {
        await this.close();
        this.to.metrics.lanes(0);
        this.superseded = error;
      }
      throw error;
    }
  }

  private async heldLanes(): Promise<readonly LaneHold[]> {
    if (this.laneCount === 0) await this.open();
    else if (performance.now() >= this.renewAt) await this.renew();
    else if (this.lanes === null) await this.remember(await this.to.readModels.lanesOf(this.options.owner));
    return this.lanes ?? [];
  }

  private async renew(): Promise<void> {
    const { owner, leaseMs } = this.options;
    if (leaseMs === null) {
      this.renewAt = Number.POSITIVE_INFINITY;
      return this.remember(await this.to.readModels.takeLanes(owner));
    }
    const started = performance.now();
    const lanes = await this.to.readModels.shareLanes({ owner, leaseMs });
    this.renewAt = started + leaseMs / RENEWALS;
    const known = new Map(this.lanes?.map(({ lane, fence }) => [lane, fence]));
    const same = lanes.length === known.size && lanes.every(({ lane, fence }) => known.get(lane) === fence);
    if (this.lanes === null || !same) await this.remember(lanes);
  }

  /** After the lanes, so that nothing can be parked in them by others meanwhile without fencing us. */
  private async remember(lanes: readonly LaneHold[]): Promise<void> {
    const before = this.lanes?.length ?? 0;
    this.setParked(await this.to.readModels.deadLetters());
    this.lanes = lanes;
    this.to.metrics.lanes(lanes.length);
    if (lanes.length !== before) this.logger.log(`Folding ${lanes.length} of ${this.laneCount} lanes.`);
  }

  /** The whole batch at once; where that fails, one event after the other, to find the one that is to blame. */
  private async applyOrSplit(group: LaneGroup, events: readonly RecordedEvent[]): Promise<void> {
    const started = performance.now();
    try {
      await this.apply(group, events);
    } catch (error) {
      if (!(await isEventsFault(error, this.to.readModels))) throw error;
      let rest = group;
      for (const event of events) {
        await this.applyOrPark(rest, event, events.length === 1 ? error : undefined);
        rest = { ...group, after: event.position, lanes: movedLanes(rest.lanes, rest, event.position) };
      }
    }
    this.to.metrics.applied(PROJECTION, events.length, performance.now() - started);
  }

  private async apply(group: LaneGroup, events: readonly RecordedEvent[]): Promise<void> {
    const startedAt = Date.now();
    const { changes, parked } = foldEvents(events, group, this.laneCount, heldStreams(this.parked));
    const upTo = events.at(-1)?.position ?? group.after;
    await this.to.readModels.apply({ lanes: group.lanes, upTo, changes, parked });
    for (const { type, metadata, position } of events) {
      recordSpan(`fold ${type}`, metadata.traceparent, startedAt, { 'coordination.position': Number(position) });
    }
    this.moved(group, upTo, parked);
  }

  /** @param failure of an attempt that was made already */
  private async applyOrPark(group: LaneGroup, event: RecordedEvent, failure: unknown): Promise<void> {
    let lastError = failure;
    for (let attempt = failure === undefined ? 1 : 2; attempt <= this.options.attemptsMax; attempt++) {
      if (attempt > 1) await sleep(this.options.attemptDelayMs * (attempt - 1));
      try {
        return await this.apply(group, [event]);
      } catch (error) {
        if (!(await isEventsFault(error, this.to.readModels))) throw error;
        this.to.metrics.failed(PROJECTION, 'EVENT');
        lastError = error;
      }
    }
    const letter = deadLetter(event, {
      reason: 'FAILED',
      error: sentenceOf(lastError),
      attempts: this.options.attemptsMax,
    });
    this.logger.error(
      `Parked the ${event.type} at position ${event.position} of ${event.stream} after ${letter.attempts} attempts: ${letter.error}`,
    );
    await this.to.readModels.apply({ lanes: group.lanes, upTo: event.position, changes: [], parked: [letter] });
    this.to.metrics.parkedOne();
    this.moved(group, event.position, [letter]);
  }

  private moved(group: LaneGroup, position: bigint, parked: readonly DeadLetter[]): void {
    this.lanes = movedLanes(this.lanes ?? [], group, position);
    if (parked.length > 0) this.setParked([...this.parked, ...parked]);
    this.to.advance.advanced();
  }

  private setParked(parked: readonly DeadLetter[]): void {
    this.parked = parked;
    const failed = parked.filter(({ reason }) => reason === 'FAILED').length;
    this.to.metrics.deadLetters({ FAILED: failed, HELD: parked.length - failed });
  }
}
