export { screenSignals, type LiveSignal, type Screening } from './screening.js';
export { synthesise } from './synthesise.js';
