export {
  conditionalValueAtRisk95,
  covarianceOf,
  riskOf,
  totalRiskOf,
  valueAtRisk95,
  varianceWith,
  Z_95,
  type PortfolioRisk,
} from './portfolio-risk.js';
export { correlationWithRest, marginalVar95, riskContributions } from './instrument-risk.js';
export { diversificationEffect, diversificationRatio } from './diversification.js';
export { daysToLiquidate, impactCoefficient, totalCostBps, tradeCostBps } from './costs.js';
export { transferCoefficient } from './transfer-coefficient.js';
