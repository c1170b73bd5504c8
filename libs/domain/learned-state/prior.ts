import type { LearnedState } from '#engine';

/** Before anything was learned: every source at the prior reliability, in every regime. */
export const PRIOR_LEARNED_STATE: LearnedState = {
  id: 'prior',
  reliability: {},
  regimeMultiplier: {},
  errorCorrelation: [],
};
