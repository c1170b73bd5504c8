export { screenSignals } from './screening.js';
export { synthesise } from './synthesise.js';
export { calibrated } from './calibrated.js';
export { halfLifeOf } from './confidence.js';
