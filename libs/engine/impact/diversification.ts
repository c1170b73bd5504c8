import { type PortfolioRisk, varianceWith } from './portfolio-risk.js';

/**
 * Diversification ratio sum |w_i| sigma_i / sqrt(w' Sigma w) of Choueifaty and Coignard (2008), with the model's own
 * volatilities sqrt(Sigma_ii), so that it is at least 1 for a long portfolio; 1 where there is no risk. Cash changes nothing.
 */
export function diversificationRatio(portfolio: PortfolioRisk): number {
  return ratio(portfolio.weightedVolatility, portfolio.variance);
}

/**
 * What a decision does to the diversification ratio: with it (the portfolio as built) minus without it (instrument i back
 * at `weightBefore`, every other trade kept). O(1).
 *
 * @param w the weights that `portfolio` was built from
 */
export function diversificationEffect(
  portfolio: PortfolioRisk,
  w: ArrayLike<number>,
  i: number,
  weightBefore: number,
): number {
  const change = Math.abs(weightBefore) - Math.abs(w[i]!);
  const weighted = portfolio.weightedVolatility + change * Math.sqrt(portfolio.ownVariance[i]!);
  return diversificationRatio(portfolio) - ratio(Math.max(weighted, 0), varianceWith(portfolio, w, i, weightBefore));
}

function ratio(weightedVolatility: number, variance: number): number {
  // what is left of a position taken out is rounding, not risk
  return variance > 1e-30 ? weightedVolatility / Math.sqrt(variance) : 1;
}
