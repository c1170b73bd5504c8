import type { Optimiser } from './problem.js';
import { solveStrictly } from './solve-strictly.js';
export const solve: Optimiser = (problem, options = {}) => solveStrictly(problem, options.warm_start?.multipliers);
