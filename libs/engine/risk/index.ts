export { buildRiskModel, type BuiltRiskModel } from './build-risk-model.js';
export { type CloseHistory } from './returns.js';
export { rowVariance } from './risk-view.js';
export { buildUniverse, type UniverseResult } from './universe.js';
export { testRiskModel, type RiskModelSelfTest } from './calibration/self-test.js';
