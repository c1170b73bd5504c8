/** The query side's storage: TimescaleDB tables and the cache before them. */
export { openReadModels } from './open-read-models.js';
export * from './timescale-read-models.js';
export { type AtPosition, CheckpointMovedError } from './checkpoints.js';
export { type DeadLetter, deadLetter } from './dead-letters.js';
export * from './storage.js';
export * from './advance-signal.js';
export type * from './queries/decisions-query.js';
export * from './queries/performance-query.js';
export type { StoredConfiguration } from './queries/current-queries.js';
export type { RiskModelRecord } from './queries/risk-model-queries.js';
export * from './cache/read-model-cache.js';
export * from './cache/memory-read-model-cache.js';
export * from './cache/redis-read-model-cache.js';
