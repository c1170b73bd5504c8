import type { Optimiser } from '#engine';
import { createCertifiedOptimiser } from '#reference-solver';

/** The solver of the command line. Loaded when a command needs it: its WASM takes a moment. */
export const loadOptimiser = (): Promise<Optimiser> => createCertifiedOptimiser();
