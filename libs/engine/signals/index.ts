export { screenSignals } from './screening.js';
export { synthesise } from './synthesise.js';
export { calibrated } from './calibrated.js';
export { ZETA } from './views.js';
export { halfLifeOf } from './confidence.js';
