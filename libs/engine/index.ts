/** The pure coordination engine: numbers in, numbers out. */
export type * from './input.js';
export type * from './universe.js';
export type * from './result.js';
export { assessTrades, type TradesAssessment } from './assessment/index.js';
export type * from './assessment/portfolio-assessment.js';
export * from './certificate/index.js';
export * from './solver/index.js';
export {
  buildRiskModel,
  type BuiltRiskModel,
  type CloseHistory,
  testRiskModel,
  type RiskModelSelfTest,
} from './risk/index.js';
export * from './accuracy/index.js';
export * from './attribution/index.js';
export * from './learning/index.js';
export { coordinate, type CoordinationOptions, type InvalidCoordination } from './coordinate.js';
export {
  type ExecutedFill,
  type ExecutedOrder,
  implementationShortfall,
  type InvalidReplan,
  type OrderFacts,
  orderFacts,
  type OrderShortfall,
  type PlannedOrder,
  type ReleasedOrder,
  type ReleaseReason,
  type RemainingOrder,
  type Replan,
  replanExecution,
  sessionsNeeded,
  type Shortfall,
  type ShortfallParts,
} from './execution/index.js';
export { ENGINE_VERSION } from './version.js';
