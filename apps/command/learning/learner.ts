import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Evidence, LearnedContent } from '#domain';

/** Learns somewhere that is not the event loop. */
export interface Learner {
  learn(evidence: Evidence): Promise<LearnedContent>;
  close(): Promise<void>;
}

/** a thread that has nothing to learn is given back */
const IDLE_MS = 5_000;

/** In a thread of its own that lives while there is something to learn. */
export function createThreadLearner(worker: URL = new URL('./learning.worker.js', import.meta.url)): Learner {
  const pool = new Piscina<Evidence, LearnedContent>({
    filename: fileURLToPath(worker),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    recordTiming: false,
  });
  return { learn: (evidence) => pool.run(evidence), close: () => pool.destroy() };
}
