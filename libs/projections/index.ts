/** Pure projections: an event in, changes of rows and of cached values out. */
export * from './lane-of.js';
export * from './read-models.js';
export type * from './row-change.js';
export type { DecisionMetadata } from './decisions.js';
export type { CacheChange } from './cache/cache-change.js';
export * from './cache/cache-keys.js';
export type { RecentDecision } from './cache/recent-decisions-cache.js';
export * from './market-model/correlation-matrix.js';
export * from './market-model/risk-metrics.js';
