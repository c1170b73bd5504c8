import { createCertifiedOptimiser } from '#reference-solver';
import type { EngineSettings } from './command-settings.js';
import { createEnginePool } from './engine-pool/engine-pool.js';
import type { Engine } from './engine-pool/engine.js';
import { createInlineEngine } from './engine-pool/inline-engine.js';

/** Workers, or with ENGINE_THREADS=0 the event loop itself. Ready when it resolves. */
export async function openEngine(settings: EngineSettings): Promise<Engine> {
  if (settings.ENGINE_THREADS === 0) return createInlineEngine(await createCertifiedOptimiser());
  return createEnginePool({ threads: settings.ENGINE_THREADS, queueMax: settings.ENGINE_QUEUE_MAX });
}
