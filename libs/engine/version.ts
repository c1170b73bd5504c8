/** Raised whenever the same input may give other bytes; recorded with every event. */
export const ENGINE_VERSION = '3';
