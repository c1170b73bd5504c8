import type { RecordedEvent } from '#domain';
import { readKnownEvents, UnknownEventError as UnknownToStore } from '#event-store';
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
  const events = (await readKnown(log, after, limit)).filter(({ position }) => until === null || position <= until);
  refuseGaps(after, events);
  return events;
}

/**
 * The next events of the log, up to one that this program is too old for.
 *
 * @throws UnknownEventError where the first of them is that one
 */
export async function readKnown(log: EventLog, after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
  try {
    return await readKnownEvents(log, after, limit);
  } catch (error) {
    throw error instanceof UnknownToStore ? new UnknownEventError(whyUnknown(error)) : error;
  }
}

function whyUnknown({ event, known }: UnknownToStore): string {
  const knows = known === null ? 'does not know this type' : `knows it up to version ${known}`;
  return `The log has a ${event.type} of version ${event.schemaVersion} at position ${event.position}, and this program ${knows}: start a newer one. Everything before it is folded, nothing is skipped.`;
}

function refuseGaps(after: bigint, events: readonly RecordedEvent[]): void {
  for (const [index, event] of events.entries()) {
    const expected = after + BigInt(index) + 1n;
    if (event.position !== expected)
      throw new Error(`The log gave position ${event.position} where ${expected} was due.`);
  }
}
