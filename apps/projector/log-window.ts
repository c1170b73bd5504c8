import type { RecordedEvent } from '#domain';
import type { EventLog } from './projector-adapters.js';

/**
 * A log that remembers what was read last. The cache is folded right behind the tables: it finds the same events here
 * instead of reading and parsing them a second time.
 */
export class LogWindow implements EventLog {
  private events: readonly RecordedEvent[] = [];

  constructor(private readonly log: EventLog) {}

  /** May give fewer than there are: those that are remembered. */
  async readLog(after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
    const first = this.events[0];
    const skipped = first === undefined ? -1 : Number(after + 1n - first.position);
    if (skipped >= 0 && skipped < this.events.length) return this.events.slice(skipped, skipped + limit);
    const events = await this.log.readLog(after, limit);
    if (events.length > 0) this.events = events;
    return events;
  }

  lastPosition(): Promise<bigint> {
    return this.log.lastPosition();
  }

  onSequenced(listener: () => void): () => void {
    return this.log.onSequenced(listener);
  }
}
