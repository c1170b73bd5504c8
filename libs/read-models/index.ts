/** The query side's storage: TimescaleDB tables and the cache before them. */
export { openReadModels } from './open-read-models.js';
export * from './timescale-read-models.js';
export { type AtPosition, LaneFencedError, type LaneHold, LanesHeldError, type LaneStatus } from './lanes/lanes.js';
export type { LeaseOptions } from './lanes/leases.js';
export type { AggregateStatus } from './aggregates/performance-aggregates.js';
export type { ReadModelVersion, VersionComparison } from './versions/read-model-versions.js';
export {
  isRunning,
  type RebuildJob,
  type RebuildProgress,
  type RebuildState,
  SWITCH_POLICIES,
  type SwitchPolicy,
} from './versions/rebuild-jobs.js';
export { type DeadLetter, deadLetter, type ParkedEvent } from './dead-letters.js';
export * from './storage.js';
export * from './advance-signal.js';
export type { CoordinationFilter, CoordinationRecord } from './queries/coordinations-query.js';
export type * from './queries/decisions-query.js';
export * from './queries/performance-query.js';
export {
  type LimitCostRow,
  OUTCOME_GROUPS,
  type OutcomeFilter,
  type OutcomeGroup,
  type ProfitDay,
  type ProfitRow,
  type ScoredOutcome,
  type SourceRow,
} from './queries/outcome-queries.js';
export type { StoredConfiguration } from './queries/current-queries.js';
export type { LearnedStateRecord } from './queries/learned-state-queries.js';
export type { RebalanceFilter, RebalanceRecord } from './queries/rebalance-queries.js';
export type { RiskModelRecord } from './queries/risk-model-queries.js';
export * from './cache/read-model-cache.js';
export * from './cache/memory-read-model-cache.js';
export * from './cache/redis-read-model-cache.js';
