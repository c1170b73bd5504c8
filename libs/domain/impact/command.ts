import type { CoordinateCommand } from '../coordination/decide.js';
import type { ImpactRequest } from './request.js';

/** A request with everything it refers to gathered beside it. */
export interface AssessImpactCommand extends Pick<
  CoordinateCommand,
  'portfolioState' | 'storedPortfolioState' | 'configuration' | 'marketModel' | 'learnedState' | 'asOf'
> {
  readonly request: ImpactRequest;
}
