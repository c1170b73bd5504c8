export * from './events/recorded-events.js';
export {
  readSharedBody,
  readSharedRequest,
  sharedRequestNames,
  type ExpectedAnswer,
  type SharedBody,
  type SharedRequest,
} from './shared-requests.js';
