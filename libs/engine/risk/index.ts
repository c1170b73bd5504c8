export { buildUniverse, type UniverseResult } from './universe.js';
export { rowVariance } from './risk-view.js';
