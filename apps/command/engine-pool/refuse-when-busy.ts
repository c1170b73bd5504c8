import { ProblemException } from '#platform';
import { EngineBusyError } from './engine.js';

/** What the engine has no room for is a 503 that says when to come again. */
export function refuseWhenBusy<T>(computing: Promise<T>): Promise<T> {
  return computing.catch((error: unknown) => {
    if (!(error instanceof EngineBusyError)) throw error;
    throw new ProblemException('overloaded', { detail: error.message, retryAfter: 1, cause: error });
  });
}
