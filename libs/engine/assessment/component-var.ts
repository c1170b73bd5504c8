import { marginalVar95, type PortfolioRisk } from '../impact/index.js';

/**
 * Component VaR: w_i times the marginal VaR, the part of the portfolio's parametric VaR 95 % that is instrument i's; the parts add
 * up to the whole (Euler; Garman 1996). Length n, fractions of NAV, negative for a hedge.
 *
 * @param w the weights that `portfolio` was built from
 */
export function componentVar95(portfolio: PortfolioRisk, w: ArrayLike<number>): Float64Array {
  return portfolio.covariance.map((_, i) => w[i]! * marginalVar95(portfolio, i));
}
