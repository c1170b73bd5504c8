/** The rules of the trade: commands, events, decide and evolve. Pure. */
export type * from './coordination/request.js';
export type * from './coordination/response.js';
export * from './coordination/events.js';
export * from './portfolio/events.js';
export * from './configuration/events.js';
export * from './market-model/events.js';
export type * from './market-model/build-report.js';
export * from './event.js';
export * from './rejection.js';
export { canonicalJson } from './canonical-json.js';
export * from './coordination/decide.js';
export * from './coordination/parameters.js';
export type * from './coordination/problem-document.js';
export * from './coordination/recall.js';
export * from './coordination/to-engine.js';
export * from './learned-state/prior.js';
export * from './time.js';
