import type { RecordedEvent } from '#domain';
import { laneOf, type RowChange, rowChanges } from '#projections';
import { type DeadLetter, deadLetter } from '#read-models';
import type { LaneGroup } from './lane-group.js';

export interface FoldedEvents {
  readonly changes: readonly RowChange[];
  /** events of streams that wait for an earlier event of theirs */
  readonly parked: readonly DeadLetter[];
}

/**
 * What the events of the group's lanes change; those of held streams wait.
 * @param laneCount of all lanes
 * @param held the position of the first parked event of each stream that has one
 */
export function foldEvents(
  events: readonly RecordedEvent[],
  group: LaneGroup,
  laneCount: number,
  held: ReadonlyMap<string, bigint>,
): FoldedEvents {
  const lanes = new Set(group.lanes.map(({ lane }) => lane));
  const changes: RowChange[] = [];
  const parked: DeadLetter[] = [];
  for (const event of events) {
    if (!lanes.has(laneOf(event.stream, laneCount))) continue;
    const waitsFor = held.get(event.stream);
    if (waitsFor === undefined) changes.push(...rowChanges(event));
    else {
      const error = `waits for the event at position ${waitsFor} of its stream`;
      parked.push(deadLetter(event, { reason: 'HELD', error, attempts: 0 }));
    }
  }
  return { changes, parked };
}

/** The first parked event of each stream. */
export function heldStreams(parked: readonly DeadLetter[]): ReadonlyMap<string, bigint> {
  const held = new Map<string, bigint>();
  for (const { stream, position } of parked) if (!held.has(stream)) held.set(stream, position);
  return held;
}
