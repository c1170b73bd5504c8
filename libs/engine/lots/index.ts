export { type ContinuousAnswer, dropLosses, wholeLots, type WholeLots } from './whole-lots.js';
