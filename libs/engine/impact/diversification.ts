import { type PortfolioRisk, varianceWith } from './portfolio-risk.js';

/** share of the portfolio's variance below which nothing is left */
const EMPTY = 1e-12;

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
  const variance = varianceWith(portfolio, w, i, weightBefore);
  // what a subtraction leaves of a portfolio that was nothing but this decision is rounding, not risk
  const without = variance > EMPTY * portfolio.variance ? ratio(weighted, variance) : 1;
  return diversificationRatio(portfolio) - without;
}

function ratio(weightedVolatility: number, variance: number): number {
  return variance > 0 ? weightedVolatility / Math.sqrt(variance) : 1;
}
