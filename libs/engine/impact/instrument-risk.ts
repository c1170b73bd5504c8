import type { RiskView } from '../universe.js';
import { type PortfolioRisk, varianceWith, Z_95 } from './portfolio-risk.js';

/** below this share of the portfolio's variance the rest is too small to come out of a subtraction */
const CANCELLATION = 1e-6;

/**
 * Each instrument's share of the portfolio's volatility, w_i (Sigma w)_i / w' Sigma w; length n, sum 1 (Euler). All zero where
 * the portfolio has no risk.
 */
export function riskContributions(portfolio: PortfolioRisk, w: ArrayLike<number>): Float64Array {
  const { variance, covariance } = portfolio;
  return covariance.map((value, i) => (variance > 0 ? (w[i]! * value) / variance : 0));
}

/** Change of the 95 % value at risk for a unit of weight in instrument i: z (Sigma w)_i / sigma; 0 without risk. */
export function marginalVar95(portfolio: PortfolioRisk, i: number): number {
  return portfolio.volatility > 0 ? (Z_95 * portfolio.covariance[i]!) / portfolio.volatility : 0;
}

/**
 * Correlation of instrument i's return with that of the rest of the portfolio (its own position taken out, so that
 * holding much of it does not make it look correlated), in [-1, 1]; 0 where the rest has no risk, or the instrument none.
 */
export function correlationWithRest(risk: RiskView, portfolio: PortfolioRisk, w: ArrayLike<number>, i: number): number {
  const own = portfolio.ownVariance[i]!;
  let restVariance = varianceWith(portfolio, w, i, 0);
  let shared = portfolio.covariance[i]! - own * w[i]!;
  if (restVariance <= CANCELLATION * portfolio.variance) ({ restVariance, shared } = restDirectly(risk, w, i));
  if (!(restVariance > 0) || !(own > 0)) return 0;
  return Math.min(Math.max(shared / Math.sqrt(own * restVariance), -1), 1);
}

/** Variance of the rest and its covariance with i, summed without i: O(nk). */
function restDirectly({ n, k, loadings, specific }: RiskView, w: ArrayLike<number>, i: number) {
  const exposures = new Float64Array(k);
  let restVariance = 0;
  for (let j = 0; j < n; j++) {
    const weight = w[j]!;
    if (j === i || weight === 0) continue;
    restVariance += specific[j]! * weight * weight;
    for (let f = 0; f < k; f++) exposures[f]! += loadings[j * k + f]! * weight;
  }
  let shared = 0;
  for (let f = 0; f < k; f++) {
    restVariance += exposures[f]! * exposures[f]!;
    shared += loadings[i * k + f]! * exposures[f]!;
  }
  return { restVariance, shared };
}
