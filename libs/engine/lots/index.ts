export { wholeLots, type WholeLots } from './whole-lots.js';
