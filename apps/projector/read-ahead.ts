import type { RecordedEvent } from '#domain';
import type { EventLog } from './projector-adapters.js';

/** A log of which the next batch is read while the present one is written, as long as there is more. */
export class ReadAhead implements EventLog {
  private next: {
    readonly after: bigint;
    readonly limit: number;
    readonly events: ReturnType<EventLog['readLog']>;
  } | null = null;

  constructor(private readonly log: EventLog) {}

  async readLog(after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
    const { next } = this;
    this.next = null;
    const begun = next !== null && next.after === after && next.limit === limit;
    const events = await (begun ? next.events : this.log.readLog(after, limit));
    const last = events.at(-1);
    if (last !== undefined && events.length === limit) {
      const ahead = this.log.readLog(last.position, limit);
      // whoever asks for them meets the failure
      ahead.catch(() => undefined);
      this.next = { after: last.position, limit, events: ahead };
    }
    return events;
  }

  lastPosition(): Promise<bigint> {
    return this.log.lastPosition();
  }

  onSequenced(listener: () => void): () => void {
    return this.log.onSequenced(listener);
  }
}
