export * from './events/recorded-events.js';
