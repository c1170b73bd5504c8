export { AS_OF, coordinationInput, DAY_MS, parameters, signal, type InputParts } from './coordination-input.js';
export * from './events/recorded-events.js';
export * from './events/execution-events.js';
export * from './events/outcome-events.js';
export { RecordedLog } from './events/recorded-log.js';
export { generatedInput, type GeneratedBook } from './generated/generated-input.js';
export { randomProblem, type RandomProblemOptions } from './generated/random-problem.js';
export { RandomStream } from './generated/random-stream.js';
export { goldenHashes } from './golden/golden-hashes.js';
export {
  readSharedBody,
  readSharedRequest,
  sharedRequestNames,
  type ExpectedAnswer,
  type SharedBody,
  type SharedRequest,
} from './shared-requests.js';
export { findFreePort } from './servers/free-port.js';
export { compiledTimescaleWorker } from './servers/compiled-timescale-worker.js';
export { type TestPostgres, withPostgres } from './servers/with-postgres.js';
export { openTestBroker, type TestPulsar, withPulsar } from './servers/pulsar.js';
export { type TestRedis, withRedis } from './servers/with-redis.js';
export { type TestTimescale, withTimescale } from './servers/with-timescale.js';
export { type BrokenOnTheWay, fillAdversely, type FillableOrder } from './execution/adversary.js';
export { type Book, bookOf, type CheckedLimit, LimitChecker } from './execution/limit-checker.js';
export { costOf } from './execution/market-simulator.js';
export { simulatePlans } from './execution/simulate-plans.js';
export { randomOrders, tightBook } from './execution/tight-book.js';
export { type Claim, type LearningWorld } from './learning/learning-world.js';
export { LUCKY_STEPS, PLANTED_SOURCES, plantedWorld, turnsAt } from './learning/planted-world.js';
export {
  type Arm,
  ARMS,
  coordinateStep,
  learnedBefore,
  profitOf,
  walkForward,
  type WalkForward,
} from './learning/walk-forward.js';
