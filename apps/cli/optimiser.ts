import type { Optimiser } from '#engine';
import { createReferenceSolver } from '#reference-solver';

/** The solver of the command line. Loaded when a command needs it: its WASM takes a moment. */
export const loadOptimiser = (): Promise<Optimiser> => createReferenceSolver();
