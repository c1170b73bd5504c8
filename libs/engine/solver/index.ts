export type * from './problem.js';
export { validateProblem, type ProblemError } from './validate-problem.js';
export { semidefiniteCholesky } from './semidefinite-cholesky.js';
export { limitNames, minimalConflict, onlyLimits, suspectsOf } from './limits.js';
