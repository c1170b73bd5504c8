export type * from './message-bus.js';
export { COORDINATION_COMPLETED_TOPIC, completedCoordinations } from './completed-coordinations.js';
export { InMemoryMessageBus, type InMemoryMessageBusOptions } from './in-memory-message-bus.js';
export { deadLetterTopic } from './message-bus.js';
export { Relay, type RelayCheckpoint, type RelayOptions } from './relay.js';
export { createSqlRelayCheckpoint } from './sql-relay-checkpoint.js';
