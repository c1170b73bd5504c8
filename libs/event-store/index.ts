export type * from './event-store.js';
