import { knownSchemaVersion } from '#contracts';
import type { RecordedEvent } from '#domain';
import { UnknownEventError } from '#event-store';

/** The reading side of an event store, over events in memory. */
export class RecordedLog {
  private readonly events: RecordedEvent[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(events: readonly RecordedEvent[] = []) {
    this.events.push(...events);
  }

  /** Appends and rings. Positions must go on where the log ends. */
  push(...events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.position !== BigInt(this.events.length + 1))
        throw new Error(`Position ${event.position} is not the next one.`);
      this.events.push(event);
    }
    for (const listener of this.listeners) listener();
  }

  /** Puts another event in the place of one, as a new upcaster would. */
  replace(event: RecordedEvent): void {
    this.events[Number(event.position) - 1] = event;
  }

  async readLog(after: bigint, limit: number): Promise<readonly RecordedEvent[]> {
    const events = this.events.slice(Number(after), Number(after) + limit);
    for (const event of events) {
      const known = knownSchemaVersion(event.type);
      if (known === null || event.schemaVersion > known) throw new UnknownEventError(event, known);
    }
    return events;
  }

  async lastPosition(): Promise<bigint> {
    return BigInt(this.events.length);
  }

  onSequenced(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
