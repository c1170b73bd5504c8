import type { LearnedState } from '../input.js';
import { type ChosenCalibration, chooseCalibration, type ConfidenceOutcome } from './calibration.js';
import { learnErrorCorrelations } from './error-correlation.js';
import { knownBy, type Observation } from './observation.js';
import { type LearnedSource, learnReliability, type ReliabilityOptions, reliabilityState } from './reliability.js';

export interface LearningInput {
  /** any; those whose horizon has not passed by `day` are left out */
  readonly observations: readonly Observation[];
  /** of decisions, in the order in which they became known, by `day` */
  readonly confidences: readonly ConfidenceOutcome[];
  readonly day: number;
  readonly options?: ReliabilityOptions;
}

export interface Learned {
  readonly state: LearnedState;
  readonly sources: readonly LearnedSource[];
  /** null for too few outcomes */
  readonly calibration: ChosenCalibration | null;
}

/** Everything that is learned in the evening of a day: a challenger's state with the evidence for it. */
export function learn(id: string, { observations, confidences, day, options = {} }: LearningInput): Learned {
  const known = knownBy(observations, day);
  const sources = learnReliability(known, day, options);
  const calibration = chooseCalibration(confidences);
  return {
    state: {
      id,
      ...reliabilityState(sources),
      errorCorrelation: learnErrorCorrelations(known, day),
      ...(calibration?.map === undefined ? {} : { calibration: calibration.map }),
      ...(options.zeta === undefined ? {} : { zeta: options.zeta }),
    },
    sources,
    calibration,
  };
}
