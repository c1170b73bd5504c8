export { type OrderPlan, scheduleOrders } from './schedule.js';
export { sequenceTrades, type Sequence } from './sequence.js';
export { defaultSession, type Session } from './session.js';
