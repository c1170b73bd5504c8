import type { RecordedEvent } from '#domain';

import type { EventStore } from './event-store.js';
import { UnknownEventError } from './read-events.js';

/**
 * Part of the log up to, and without, the first event that a newer program wrote.
 * @throws UnknownEventError where the first of them is that one
 */
export async function readKnownEvents(
  log: Pick<EventStore, 'readLog'>,
  after: bigint,
  limit: number,
): Promise<readonly RecordedEvent[]> {
  try {
    return await log.readLog(after, limit);
  } catch (error) {
    if (!(error instanceof UnknownEventError)) throw error;
    const before = Number(error.event.position - after - 1n);
    if (before <= 0) throw error;
    return log.readLog(after, before);
  }
}
