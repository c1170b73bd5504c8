export { hitRate, type HitRate } from './hit-rate.js';
export { Comoments, type ComomentsState, type Correlation } from './comoments.js';
export {
  meanCoefficient,
  pearson,
  ranks,
  spearman,
  type InformationCoefficient,
  type ScoredReturn,
} from './information-coefficient.js';
export { BrierScore, type BrierReport, type ReliabilityBin } from './brier.js';
export {
  deflatedSharpe,
  expectedMaximumSharpe,
  probabilisticSharpe,
  returnMoments,
  sharpeDeviation,
  sharpeRatio,
  type ReturnMoments,
} from './sharpe.js';
export {
  backtestVar,
  BiasOfRisk,
  CostForecasts,
  type BiasStatistic,
  type CostAccuracy,
  type LikelihoodRatio,
  type VarBacktest,
} from './forecasts.js';
