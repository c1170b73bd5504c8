/** Tuning by gradients, on JAX: in the background, never on the way of a request. */
export { tuneSynthesis, type Tuning, type TuningOptions } from './tune.js';
export { type SpokenView, type Subject } from './synthesis-data.js';
export { type TunedParameters } from './tuned-parameters.js';
