import { type Append, type AppendOutcome, BacklogExceededError } from '#event-store';
import { ProblemException } from '#platform';
import type { CommandStore } from './command-adapters.js';

/** Appends, and turns the store's shedding of load into the answer a client understands. */
export async function appendOrShed(store: CommandStore, append: Append): Promise<AppendOutcome> {
  try {
    return await store.append(append);
  } catch (error) {
    if (!(error instanceof BacklogExceededError)) throw error;
    throw new ProblemException('overloaded', { retryAfter: error.retryAfterSeconds, cause: error });
  }
}

const ATTEMPTS_MAX = 5;

/**
 * Writes to a stream that others write too: reads, decides and appends again where somebody was faster.
 * @param attempt gives null where it met another writer
 */
export async function withRetries<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let i = 0; i < ATTEMPTS_MAX; i++) {
    const result = await attempt();
    if (result !== null) return result;
  }
  throw new ProblemException('conflict', { retryAfter: 1 });
}
