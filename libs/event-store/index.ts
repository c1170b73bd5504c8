export type * from './event-store.js';
export { type StoredConfiguration } from './command-tables.js';
export {
  type RecordedCoordination,
  type ReplayProgress,
  type ReplaySpan,
  ReplayStore,
  type StoredReplay,
  type ReplayConfiguration,
} from './replays/replay-store.js';
export { PersonalKeys, SHREDDED } from './personal/personal-keys.js';
export { ExecutionDeadlines, type PlanDeadline } from './watches/execution-deadlines.js';
export { type Opening, type Openings } from './watches/log-watch.js';
export { OutcomeLog } from './watches/outcome-log.js';
export { type OpenOutcome, OpenOutcomes } from './watches/open-outcomes.js';
export { UnknownEventError } from './read-events.js';
export { readKnownEvents } from './read-known-events.js';
export { createEventStore, PostgresEventStore } from './postgres-event-store.js';
export {
  BacklogExceededError,
  type Doorbell,
  type EventStoreOptions,
  SEQUENCED_CHANNEL,
  type SequencerLag,
  type StoreReport,
} from './store-options.js';
