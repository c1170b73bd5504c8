import type { InvalidCoordination } from '#engine';
import { reject, type Rejection } from '../rejection.js';

/** Where in a request an instrument without a price, and the portfolio, are named. */
export interface PlacesOfInputs {
  readonly portfolio: string;
  readonly price: (instrumentId: string) => string;
}

const ACCEPTED_PRICE = 'a price in the position, in market_data.instruments or in the market-data store';

const RISK_MODEL = 'finite numbers of matching sizes, and a positive semidefinite factor covariance';
const RISK_POINTERS = {
  CORRELATION_MATRIX: '/market_data/correlation_matrix/values',
  INSTRUMENTS: '/market_data/factor_model/instruments',
  LOADINGS: '/market_data/factor_model/loadings',
  FACTOR_COVARIANCE: '/market_data/factor_model/factor_covariance',
  SPECIFIC_VARIANCE: '/market_data/factor_model/specific_variance',
} as const;

/** An input that the engine has no answer for, as a refusal that points into the request. */
export function rejectInvalid(invalid: InvalidCoordination['invalid'], places: PlacesOfInputs): Rejection {
  switch (invalid.kind) {
    case 'MISSING_PRICES':
      return reject(
        'MISSING_PRICE',
        `No price is known for ${invalid.missingPrices.join(', ')}; what is held, traded or a target needs one.`,
        invalid.missingPrices.map((id) => ({
          pointer: places.price(id),
          message: `${id} has no price`,
          accepted: ACCEPTED_PRICE,
        })),
      );
    case 'NON_POSITIVE_NAV':
      return reject(
        'INVALID_REQUEST',
        `The portfolio is worth ${invalid.nav}; weights need a net asset value above 0.`,
        [
          {
            pointer: places.portfolio,
            message: 'has no positive net asset value',
            accepted: 'cash plus positions > 0',
          },
        ],
      );
    case 'INVALID_RISK_MODEL':
      return reject('INVALID_REQUEST', `The risk model cannot be used: ${invalid.problem}.`, [
        { pointer: RISK_POINTERS[invalid.part], message: invalid.problem, accepted: RISK_MODEL },
      ]);
  }
}

/** The price of a position that the request carries; undefined where it does not. */
export function positionPrice(
  state: { readonly positions: readonly { readonly instrument_id: string }[] } | undefined,
  instrumentId: string,
): string | undefined {
  const position = (state?.positions ?? []).findIndex((p) => p.instrument_id === instrumentId);
  return position < 0 ? undefined : `/portfolio_state/positions/${position}/price`;
}
