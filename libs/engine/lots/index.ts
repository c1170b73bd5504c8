export { type ContinuousAnswer, dropLosses, wholeLots } from './whole-lots.js';
