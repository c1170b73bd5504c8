export { knownBy, type Observation } from './observation.js';
export { learnReliability, reliabilityState, type LearnedSource, type ReliabilityOptions } from './reliability.js';
export { learnErrorCorrelations } from './error-correlation.js';
export { SleepingExperts, type ExpertReport, type ExpertsReport } from './experts.js';
export {
  chooseCalibration,
  isotonicCalibration,
  plattCalibration,
  type CalibrationMap,
  type ChosenCalibration,
  type ConfidenceOutcome,
} from './calibration.js';
export { judgeChallenger, type PromotionRules, type PromotionTest, type PromotionVerdict } from './promotion.js';
export { learn, type Learned, type LearningInput } from './learn.js';
