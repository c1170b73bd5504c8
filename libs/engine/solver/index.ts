export type * from './problem.js';
export { validateProblem, type ProblemError } from './validate-problem.js';
export { semidefiniteCholesky, type SemidefiniteRoot } from './semidefinite-cholesky.js';
export { solve } from './solve.js';
export { fixedConflict, limitNames, minimalConflict, onlyLimits, suspectsOf } from './limits.js';
