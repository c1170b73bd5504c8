import type { RecordedEvent } from '#domain';
import type { SqlExecutor } from '#platform';
import { type DeadLetter, type LaneHold, type TimescaleReadModels } from '#read-models';
import { foldEvents, heldStreams } from '../lanes/fold-events.js';
import { type LaneGroup, movedLanes, nextGroup } from '../lanes/lane-group.js';
import { readGroup } from '../lanes/read-group.js';
import { isEventsFault, sentenceOf } from '../parked/events-fault.js';
import type { EventLog } from '../projector-adapters.js';

/** An event that cannot be folded into a version: nothing is skipped there. */
export class RebuildStoppedError extends Error {
  override readonly name = 'RebuildStoppedError';
}

/** Folds the log into a version that is not live, whose lanes are all its own, never further than the live lanes are. */
export class VersionBuilder {
  private constructor(
    private readonly log: EventLog,
    private readonly readModels: TimescaleReadModels,
    private lanes: readonly LaneHold[],
    private readonly parked: readonly DeadLetter[],
  ) {}

  /** Takes the version from whoever worked on it before, from where it stands. */
  static async open(log: EventLog, readModels: TimescaleReadModels, owner: string): Promise<VersionBuilder> {
    const lanes = await readModels.takeLanes(owner);
    return new VersionBuilder(log, readModels, lanes, await readModels.deadLetters());
  }

  /** The position up to which every event is folded into it. */
  get position(): bigint {
    return this.lanes.reduce(
      (held, { position }) => (position < held ? position : held),
      this.lanes[0]?.position ?? 0n,
    );
  }

  /**
   * Folds the next events towards the live lanes. Gives how many; 0 where it is there.
   *
   * @throws RebuildStoppedError where one of them cannot be folded
   */
  async step(live: readonly LaneHold[], limit: number): Promise<number> {
    const group = nextGroup(this.lanes, caps(live));
    if (group === null) return 0;
    const events = await readGroup(this.log, group, limit);
    try {
      await this.apply(group, events);
    } catch (error) {
      if (!(await isEventsFault(error, this.readModels))) throw error;
      await this.findFault(group, events);
    }
    return events.length;
  }

  /** All that is missing, within a transaction that makes the version live. */
  async finishWithin(transaction: SqlExecutor, live: readonly LaneHold[], limit: number): Promise<void> {
    let lanes = this.lanes;
    for (let group = nextGroup(lanes, caps(live)); group !== null; group = nextGroup(lanes, caps(live))) {
      const events = await readGroup(this.log, group, limit);
      const upTo = events.at(-1)?.position;
      if (upTo === undefined) throw new Error(`The log ends before position ${group.after + 1n}, which is folded.`);
      await this.readModels.applyWithin(transaction, { lanes: group.lanes, upTo, ...this.fold(group, events) });
      lanes = movedLanes(lanes, group, upTo);
    }
  }

  private async apply(group: LaneGroup, events: readonly RecordedEvent[]): Promise<void> {
    const upTo = events.at(-1)?.position;
    if (upTo === undefined) return;
    await this.readModels.apply({ lanes: group.lanes, upTo, ...this.fold(group, events) });
    this.lanes = movedLanes(this.lanes, group, upTo);
  }

  private fold(group: LaneGroup, events: readonly RecordedEvent[]) {
    return foldEvents(events, group, this.lanes.length, heldStreams(this.parked));
  }

  /** One by one, so that the first that fails is known by its position. */
  private async findFault(group: LaneGroup, events: readonly RecordedEvent[]): Promise<void> {
    const { lanes: members } = group;
    for (const event of events) {
      const lanes = this.lanes.filter(({ lane }) => members.some((member) => member.lane === lane));
      try {
        await this.apply({ ...group, lanes }, [event]);
      } catch (error) {
        if (!(await isEventsFault(error, this.readModels))) throw error;
        throw new RebuildStoppedError(
          `The ${event.type} at position ${event.position} of ${event.stream} cannot be folded: ${sentenceOf(error)}`,
        );
      }
    }
  }
}

const caps = (live: readonly LaneHold[]): ReadonlyMap<number, bigint> =>
  new Map(live.map(({ lane, position }) => [lane, position]));
