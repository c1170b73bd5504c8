import type { PortfolioState, RebalanceRequest } from '../coordination/request.js';
import type { RebalanceProgress } from '../coordination/response.js';

/** Events of the stream `portfolio-{portfolio_id}`. */
export type PortfolioEvent =
  PortfolioStateSet | RebalanceRequested | RebalanceCancelled | CoordinationApplied | PortfolioFilled | OrdersReleased;

/** Portfolio Management told us the state; the newest one is current. */
export interface PortfolioStateSet {
  readonly type: 'portfolio_state_set';
  readonly data: {
    readonly portfolio_id: string;
    /** where it names open orders they replace those we knew of; where it does not, those stay */
    readonly state: PortfolioState;
    /** everything that stays from before, so that nothing before this event need be read; absent in events of version 1 */
    readonly carried?: CarriedOver;
  };
}

/** What a portfolio's stream knows beside positions and cash. */
export interface CarriedOver {
  readonly orders: readonly PendingOrder[];
  readonly rebalances: readonly QueuedRebalance[];
  /** the newest ones, oldest first */
  readonly closed_rebalances: readonly ClosedRebalance[];
}

/** An order of an earlier decision, as far as it is neither filled nor released. */
export interface PendingOrder {
  /** both absent for orders that Portfolio Management told us of */
  readonly coordination_id?: string;
  readonly decision_id?: string;
  readonly instrument_id: string;
  /** shares left; negative sells */
  readonly quantity: number;
}

/** A rebalance request that waits, or is done in part. */
export interface QueuedRebalance {
  readonly request: RebalanceRequest;
  readonly progress?: RebalanceProgress;
}

export interface ClosedRebalance {
  readonly rebalance_id: string;
  readonly status: 'DONE' | 'CANCELLED';
}

/** A rebalance request was queued until a coordination of the stored portfolio takes it up. */
export interface RebalanceRequested {
  readonly type: 'rebalance_requested';
  readonly data: { readonly portfolio_id: string; readonly request: RebalanceRequest };
}

export interface RebalanceCancelled {
  readonly type: 'rebalance_cancelled';
  readonly data: { readonly portfolio_id: string; readonly rebalance_id: string };
}

/** A coordination was decided on this portfolio, at the version of the stream before this event. */
export interface CoordinationApplied {
  readonly type: 'coordination_applied';
  readonly data: {
    readonly portfolio_id: string;
    readonly coordination_id: string;
    /** shares; negative sells */
    readonly orders: readonly {
      readonly decision_id: string;
      readonly instrument_id: string;
      readonly quantity: number;
    }[];
    readonly rebalances: readonly RebalanceProgress[];
  };
}

/** Orders of a coordination were filled, wholly or in part: positions and cash follow. */
export interface PortfolioFilled {
  readonly type: 'portfolio_filled';
  readonly data: {
    readonly portfolio_id: string;
    readonly coordination_id: string;
    readonly fills: readonly PortfolioFill[];
  };
}

export interface PortfolioFill {
  readonly fill_id: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  /** shares; negative sold */
  readonly quantity: number;
  /** money a share */
  readonly price: number;
  /** money, beside the price */
  readonly costs?: number;
  readonly filled_at: string;
  /** the tax lots that a sale took; the oldest ones where it does not say */
  readonly lots?: readonly { readonly lot_id: string; readonly quantity: number }[];
}

/** What will not be filled any more, so that the next coordination no longer counts it. */
export interface OrdersReleased {
  readonly type: 'orders_released';
  readonly data: {
    readonly portfolio_id: string;
    readonly coordination_id: string;
    readonly orders: readonly {
      readonly decision_id: string;
      readonly instrument_id: string;
      /** shares, with the sign of the order */
      readonly quantity: number;
      readonly reason: 'CANCELLED' | 'EXPIRED' | 'REPLANNED';
    }[];
  };
}

export const portfolioStream = (portfolioId: string): string => `portfolio-${portfolioId}`;
