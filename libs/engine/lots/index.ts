export { dropLosses, wholeLots, type WholeLots } from './whole-lots.js';
