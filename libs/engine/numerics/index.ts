export { exp, exp2, ln } from './exponential.js';
export { normalCdf, normalPdf } from './normal.js';
export { dot, median, sum } from './sums.js';
export { backwardSolve, cholesky, choleskySolve, forwardSolve } from './cholesky.js';
export { fixSign, symmetricEigen, type SymmetricEigen } from './eigen.js';
export { leadingEigen, type LeadingEigen } from './leading-eigen.js';
