export { checkLimits, type LimitCheck } from './limits.js';
export { evaluateUtility, variance, type Utility } from './utility.js';
export { infeasibilityProof, utilityBound } from './bound.js';
export { relativeGap, UTILITY_MIN, verifySolution, type Verification } from './verify.js';
