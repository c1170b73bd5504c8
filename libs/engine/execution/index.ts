export { type OrderPlan, scheduleOrders } from './schedule.js';
export { sequenceTrades } from './sequence.js';
export { defaultSession, type Session } from './session.js';
