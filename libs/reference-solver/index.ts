export { createReferenceSolver } from './reference-solver.js';
