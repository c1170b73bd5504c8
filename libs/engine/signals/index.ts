export { screenSignals } from './screening.js';
export { synthesise } from './synthesise.js';
