import type { Learner } from './learner.js';
import learn from './learning.worker.js';

/** Learns at once, in the thread of the test. */
export const inlineLearner: Learner = {
  learn: (evidence) => Promise.resolve(learn(evidence)),
  close: () => Promise.resolve(),
};
