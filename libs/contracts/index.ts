/** What crosses the wire: schemas of requests, answers and events, and the kinds of problems. */
export * from './problems/problem.js';
export {
  validateBatch,
  validateCoordinationParameters,
  validateCoordinationRequest,
  validatePortfolioState,
} from './validation/validators.js';
