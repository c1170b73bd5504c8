export type * from './message-bus.js';
export { COORDINATION_COMPLETED_TOPIC, completedCoordinations } from './completed-coordinations.js';
export { InMemoryMessageBus, type InMemoryMessageBusOptions } from './in-memory-message-bus.js';
export { deadLetterTopic } from './message-bus.js';
export { BusEvent, MessageBusClient } from './nest/message-bus-client.js';
export { LOG_ADVANCED_TOPIC, type LogAdvanced } from './log-advanced.js';
export { MessageBusContext, MessageBusServer, type MessageBusServerOptions } from './nest/message-bus-server.js';
export { openPulsar, type OpenedPulsar, type OpenPulsarOptions } from './pulsar/open-pulsar.js';
export { Relay, type RelayOptions, type RelayReport, type ToMessage } from './relay.js';
export {
  createSqlRelayCheckpoint,
  LeaseLostError,
  type RelayCheckpoint,
  type RelayProgress,
} from './relay-checkpoint.js';
export { type RelayLease, SqlRelayLease, type SqlRelayLeaseOptions } from './relay-lease.js';
