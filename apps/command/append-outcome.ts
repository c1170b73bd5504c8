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

export interface Retries {
  /** default 5 */
  readonly attemptsMax?: number;
  /** called after each attempt that met another writer; `last` where no other follows */
  readonly onConflict?: (last: boolean) => void;
}

/**
 * Writes to a stream that others write too: reads, decides and appends again where somebody was faster.
 * @param attempt gives null where it met another writer
 */
export async function withRetries<T>(attempt: () => Promise<T | null>, retries: Retries = {}): Promise<T> {
  const { attemptsMax = ATTEMPTS_MAX, onConflict } = retries;
  for (let i = 1; i <= attemptsMax; i++) {
    const result = await attempt();
    if (result !== null) return result;
    onConflict?.(i === attemptsMax);
  }
  throw new ProblemException('conflict', { retryAfter: 1 });
}
