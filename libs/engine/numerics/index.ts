export { exp, exp2, ln } from './exponential.js';
export { normalCdf, normalPdf } from './normal.js';
export { median, sum } from './sums.js';
export { cholesky, choleskySolve, forwardSolve } from './cholesky.js';
export { symmetricEigen, type SymmetricEigen } from './eigen.js';
export { leadingEigen } from './leading-eigen.js';
export { gramMatrix } from './gram.js';
export { listOf } from './list-of.js';
