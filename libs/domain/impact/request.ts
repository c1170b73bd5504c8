import type {
  CoordinationParameters,
  CoordinationRequest,
  MarketData,
  PortfolioState,
} from '../coordination/request.js';

/** `POST /impact`: what would these trades do? */
export interface ImpactRequest extends Pick<
  CoordinationRequest,
  'recorded_trades' | 'realised_gains_to_date' | 'lots_to_sell'
> {
  readonly portfolio_state?: PortfolioState;
  readonly portfolio_id?: string;
  /** each instrument once; none: the portfolio as it is */
  readonly trades: readonly ImpactTrade[];
  /** for the tracking error; default: the weights before the trades */
  readonly reference_weights?: Readonly<Record<string, number>>;
  readonly market_data?: MarketData;
  readonly coordination_parameters?: CoordinationParameters;
  readonly config_name?: string;
  readonly as_of?: string;
  /** FULL adds a scan of everything that is kept of the past; default MODEL, the days of the market model */
  readonly history?: 'MODEL' | 'FULL';
}

export interface ImpactTrade {
  readonly instrument_id: string;
  readonly action: 'BUY' | 'SELL';
  /** shares, above 0 */
  readonly quantity: number;
}
