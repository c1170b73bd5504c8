export {
  type InvalidReplan,
  type PlannedOrder,
  type ReleasedOrder,
  type RemainingOrder,
  type Replan,
  replanExecution,
} from './replan.js';
export { type ExecutionPlan, planExecution, unsafeWarnings } from './plan.js';
export type { OrderPlan } from './schedule.js';
export { sessionsNeeded } from './session.js';
export type { ReleaseReason } from './trim.js';
export { type OrderFacts, orderFacts } from './order-facts.js';
export {
  type ExecutedFill,
  type ExecutedOrder,
  implementationShortfall,
  type OrderShortfall,
  type Shortfall,
  type ShortfallParts,
} from './shortfall.js';
