export { createCertifiedOptimiser } from './certified-optimiser.js';
export { createReferenceSolver } from './reference-solver.js';
