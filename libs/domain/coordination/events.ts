import type { SignalContribution } from '#engine';
import type {
  CoordinationRequest,
  PortfolioState,
  RebalanceRequest,
  RecordedTrade,
  TradingSessions,
} from './request.js';
import type { CoordinationOutcome } from './response.js';

/** Events of the stream `coordination-{coordination_id}`, in the order they are appended: requested, then completed. */
export type CoordinationEvent = CoordinationRequested | CoordinationCompleted;

/** Every input of the decision: with the published models it names, a replay needs the log alone. */
export interface CoordinationRequested {
  readonly type: 'coordination_requested';
  readonly data: {
    readonly coordination_id: string;
    readonly portfolio_id: string;
    readonly as_of: string;
    /** as received, except that `as_of` and the portfolio may have come from elsewhere: see the fields beside it */
    readonly request: CoordinationRequest;
    /** the stored state that `portfolio_id` named; absent where the request carried it */
    readonly stored_portfolio_state?: PortfolioState;
    /** the rebalance requests that waited in the queue of that portfolio, as far as the request brings none of the same id */
    readonly queued_rebalances?: readonly RebalanceRequest[];
    /** purchases of the portfolios that `wash_sale_portfolios` named; absent where it named none */
    readonly stored_trades?: readonly RecordedTrade[];
    /** `name@version` */
    readonly config_version?: string;
    /** content hash of the published market model; absent where none was published */
    readonly market_model_id?: string;
    readonly learned_state_id: string;
    /** the sessions that plans may use; absent where the request brought its own */
    readonly trading_sessions?: TradingSessions;
    readonly engine_version: string;
  };
}

export interface CoordinationCompleted {
  readonly type: 'coordination_completed';
  readonly data: {
    readonly coordination_id: string;
    readonly portfolio_id: string;
    readonly config_name?: string;
    readonly outcome: CoordinationOutcome;
    readonly contributions: readonly RecordedContribution[];
  };
}

export interface RecordedContribution {
  readonly signal_id: string;
  readonly source: string;
  readonly instrument_id: string;
  readonly kappa: SignalContribution['kappa'];
  readonly weight: number;
  readonly alpha: number;
}

export const coordinationStream = (coordinationId: string): string => `coordination-${coordinationId}`;
