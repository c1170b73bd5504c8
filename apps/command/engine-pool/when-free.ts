import { EngineBusyError } from './engine.js';

/** how long to leave a busy engine alone */
const BUSY_MS = 100;

/** Requests come first: work that nobody waits for is tried again where the engine is busy. */
export async function whenFree<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EngineBusyError)) throw error;
      await new Promise((wake) => setTimeout(wake, BUSY_MS));
    }
  }
}
