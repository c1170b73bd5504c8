import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { BuildAnswer, BuildTask } from './build-task.js';

/** Builds risk models somewhere. */
export interface RiskModelBuilder {
  build(task: BuildTask): Promise<BuildAnswer>;
  close(): Promise<void>;
}

/** a thread that has nothing to build is given back, with the memory of its matrices */
const IDLE_MS = 5_000;

/**
 * Builds in a thread of its own that lives while there is something to build, so that neither the event loop nor a decision waits.
 * @param worker the compiled worker; default the one beside this module
 */
export function createThreadBuilder(
  worker: URL = new URL('./risk-model.worker.js', import.meta.url),
): RiskModelBuilder {
  const pool = new Piscina<BuildTask, BuildAnswer>({
    filename: fileURLToPath(worker),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    recordTiming: false,
  });
  return { build: (task) => pool.run(task), close: () => pool.destroy() };
}
