import type { PortfolioState } from '../coordination/request.js';

/** Events of the stream `portfolio-{portfolio_id}`. */
export type PortfolioEvent = PortfolioStateSet;

/** Portfolio Management told us the state; the newest one is current. */
export interface PortfolioStateSet {
  readonly type: 'portfolio_state_set';
  readonly data: { readonly portfolio_id: string; readonly state: PortfolioState };
}

export const portfolioStream = (portfolioId: string): string => `portfolio-${portfolioId}`;
