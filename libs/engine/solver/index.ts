export type * from './problem.js';
export { validateProblem, type ProblemError } from './validate-problem.js';
export { solve } from './solve.js';
export { ParametricProblem } from './parametric-problem.js';
export { isFallback, solveCertified } from './solve-certified.js';
export { DEFAULT_LIMIT_PRIORITY, solveElastic, type ElasticSolution, type Relaxation } from './elastic.js';
export { fixedConflict, minimalConflict, suspectsOf } from './limits.js';
export { semidefiniteCholesky, type SemidefiniteRoot } from './semidefinite-cholesky.js';
