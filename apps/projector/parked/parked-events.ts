import { laneOf, rowChanges } from '#projections';
import type { AdvanceSignal, ParkedEvent, TimescaleReadModels } from '#read-models';
import { heldStreams } from '../lanes/fold-events.js';
import { readKnown } from '../lanes/read-group.js';
import type { EventLog } from '../projector-adapters.js';
import { isEventsFault, sentenceOf } from './events-fault.js';

interface Dependencies {
  readonly eventStore: EventLog;
  readonly readModels: TimescaleReadModels;
  readonly advance: AdvanceSignal;
}

export interface RetryOutcome {
  readonly stream: string;
  /** events of the stream that are folded now */
  readonly applied: number;
  /** events of it that are still parked */
  readonly remaining: number;
  /** why the first of those cannot be folded; null where none is left */
  readonly error: string | null;
}

/** The events that were set aside: listed, and tried again. Any projector process may do it, whoever has their lanes. */
export class ParkedEvents {
  constructor(private readonly to: Dependencies) {}

  list(): Promise<readonly ParkedEvent[]> {
    return this.to.readModels.deadLetters();
  }

  /**
   * Folds the stream of a parked event from its first parked event on, in order, as far as that goes now.
   * Null where nothing is parked at the position. Rejects where a server does not answer.
   */
  async retry(position: bigint): Promise<RetryOutcome | null> {
    const parked = await this.list();
    const asked = parked.find((each) => each.position === position);
    if (asked === undefined) return null;
    const waiting = parked.filter(({ stream }) => stream === asked.stream);
    let applied = 0;
    for (const letter of waiting) {
      const error = await this.apply(letter);
      if (error !== null) return { stream: asked.stream, applied, remaining: waiting.length - applied, error };
      applied += 1;
    }
    return { stream: asked.stream, applied, remaining: 0, error: null };
  }

  /** Every stream that has parked events. Gives how many events were folded. */
  async retryAll(): Promise<number> {
    let applied = 0;
    for (const position of heldStreams(await this.list()).values())
      applied += (await this.retry(position))?.applied ?? 0;
    return applied;
  }

  /** Why it cannot be folded; null where it is folded now. */
  private async apply({ position }: ParkedEvent): Promise<string | null> {
    const { eventStore, readModels, advance } = this.to;
    const [event] = await readKnown(eventStore, position - 1n, 1);
    if (event === undefined) throw new Error(`The log ends before the parked position ${position}.`);
    try {
      const { length } = await readModels.lanes();
      await readModels.applyParked(laneOf(event.stream, length), position, rowChanges(event));
    } catch (error) {
      if (!(await isEventsFault(error, readModels))) throw error;
      const sentence = sentenceOf(error);
      await readModels.noteFailedRetry(position, sentence);
      return sentence;
    }
    advance.advanced();
    return null;
  }
}
