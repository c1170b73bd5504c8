import type { LaneHold } from '#read-models';

/** Lanes at one position that go on together: their events are folded in one transaction. */
export interface LaneGroup {
  readonly lanes: readonly LaneHold[];
  readonly after: bigint;
  /** not further than here: where the next lanes join them, or their cap; null where nothing stops them */
  readonly until: bigint | null;
}

/**
 * The lanes that are furthest behind. In one process that has them all it is always all of them: lanes then cost nothing.
 * @param caps how far each lane may go; default without end
 * @returns null where no lane may go on
 */
export function nextGroup(lanes: readonly LaneHold[], caps?: ReadonlyMap<number, bigint>): LaneGroup | null {
  const open = lanes.filter(({ lane, position }) => caps === undefined || position < (caps.get(lane) ?? 0n));
  const after = least(open.map(({ position }) => position));
  if (after === null) return null;
  const group = open.filter(({ position }) => position === after);
  const stops = [
    ...open.filter(({ position }) => position > after).map(({ position }) => position),
    ...(caps === undefined ? [] : group.map(({ lane }) => caps.get(lane) ?? 0n)),
  ];
  return { lanes: group, after, until: least(stops) };
}

/** The lanes, with those of the group at another position. */
export function movedLanes(lanes: readonly LaneHold[], group: LaneGroup, position: bigint): readonly LaneHold[] {
  const members = new Set(group.lanes.map(({ lane }) => lane));
  return lanes.map((held) => (members.has(held.lane) ? { ...held, position } : held));
}

function least(positions: readonly bigint[]): bigint | null {
  return positions.reduce<bigint | null>((held, each) => (held === null || each < held ? each : held), null);
}
