export {
  type InvalidReplan,
  type PlannedOrder,
  type ReleasedOrder,
  type RemainingOrder,
  type Replan,
  replanExecution,
} from './replan.js';
export { type OrderPlan, scheduleOrders } from './schedule.js';
export { sequenceTrades } from './sequence.js';
export { type Session, sessionOf, sessionsNeeded } from './session.js';
export type { ReleaseReason } from './trim.js';
