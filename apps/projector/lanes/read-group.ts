import { schemaVersionOf } from '#contracts';
import type { RecordedEvent } from '#domain';
import { OperatorError } from '#platform';
import type { EventLog } from '../projector-adapters.js';
import type { LaneGroup } from './lane-group.js';

/**
 * The log goes on with an event that this program is too old for. Nothing is skipped: it stops there until a newer program
 * takes over.
 */
export class UnknownEventError extends OperatorError {}

/**
 * The events that the group goes on with: contiguous, not beyond where it may go, and all of them known to this program.
 *
 * @throws UnknownEventError where the first of them is not
 */
export async function readGroup(log: EventLog, group: LaneGroup, limit: number): Promise<readonly RecordedEvent[]> {
  const { after, until } = group;
  const events = (await log.readLog(after, limit)).filter(({ position }) => until === null || position <= until);
  refuseGaps(after, events);
  const unknown = events.findIndex((event) => !isKnown(event));
  if (unknown === 0 && events[0] !== undefined) throw new UnknownEventError(whyUnknown(events[0]));
  return unknown === -1 ? events : events.slice(0, unknown);
}

/** @throws UnknownEventError where this program is too old for it */
export function refuseUnknown(event: RecordedEvent): void {
  if (!isKnown(event)) throw new UnknownEventError(whyUnknown(event));
}

/** 0 for a type that this program has never heard of */
function knownVersion({ type }: RecordedEvent): number {
  try {
    return schemaVersionOf(type);
  } catch {
    return 0;
  }
}

const isKnown = (event: RecordedEvent): boolean => event.schemaVersion <= knownVersion(event);

function whyUnknown(event: RecordedEvent): string {
  const known = knownVersion(event);
  const knows = known === 0 ? 'does not know this type' : `knows it up to version ${known}`;
  return `The log has a ${event.type} of version ${event.schemaVersion} at position ${event.position}, and this program ${knows}: start a newer one. Everything before it is folded, nothing is skipped.`;
}

function refuseGaps(after: bigint, events: readonly RecordedEvent[]): void {
  for (const [index, event] of events.entries()) {
    const expected = after + BigInt(index) + 1n;
    if (event.position !== expected)
      throw new Error(`The log gave position ${event.position} where ${expected} was due.`);
  }
}
