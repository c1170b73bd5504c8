/** What crosses the wire: schemas of requests, answers and events, and the kinds of problems. */
export * from './problems/problem.js';
export {
  validateBatch,
  validateCancel,
  validateCoordinationParameters,
  validateCoordinationRequest,
  validateCoordinationResponse,
  validateFills,
  validateOutcomes,
  validateRevert,
  validateImpactAnswer,
  validateImpactRequest,
  validateInstruments,
  validateMarketUpdate,
  validatePortfolioState,
  validatePriceAdjustments,
  validateQueuedRebalanceRequest,
  validateReplayRequest,
} from './validation/validators.js';
export { API_SCHEMAS, type ApiSchemaName, schemaReference } from './schemas/api-schemas.js';
export type { OutcomesReceipt, OutcomesRequest } from './schemas/outcomes.js';
export type { FillsRequest } from './schemas/execution.js';
export { knownSchemaVersion, schemaVersionOf } from './events/event-schemas.js';
export { type StoredEvent, upcast } from './events/upcast.js';
export {
  type CoordinationCompletedMessage,
  toCoordinationCompletedMessage,
} from './messages/coordination-completed-message.js';
export { isUtcTime } from './validation/formats.js';
