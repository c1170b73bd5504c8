import type { TimingRecommendation } from '../coordination/response.js';

/** Events of the stream `execution-{coordination_id}`: the life of the plan after the decision. */
export type ExecutionEvent =
  | ExecutionStarted
  | FillsRecorded
  | PricesObserved
  | OrdersCancelled
  | OrdersExpired
  | ExecutionReplanned
  | ExecutionFinished;

/** The first event, with the first thing that happens to the plan: what the execution will be measured by. */
export interface ExecutionStarted {
  readonly type: 'execution_started';
  readonly data: {
    readonly coordination_id: string;
    readonly portfolio_id: string;
    /** whether the portfolio's stream has the orders: fills and releases go there too */
    readonly stored_portfolio: boolean;
    /** of the portfolio, where it states one */
    readonly currency?: string;
    readonly orders: readonly StartedOrder[];
  };
}

export interface StartedOrder {
  readonly decision_id: string;
  readonly instrument_id: string;
  /** shares, as decided; negative sells */
  readonly quantity: number;
  /** money a share */
  readonly decision_price: number;
  /** of one day */
  readonly volatility: number;
  /** fraction of the price */
  readonly half_spread: number;
  /** shares a day; absent where unknown */
  readonly adv?: number;
}

export interface FillsRecorded {
  readonly type: 'fills_recorded';
  readonly data: { readonly coordination_id: string; readonly fills: readonly RecordedFill[] };
}

export interface RecordedFill {
  readonly fill_id: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  /** shares; negative sold */
  readonly quantity: number;
  /** money a share */
  readonly price: number;
  /** money, beside the price; negative is a rebate */
  readonly costs?: number;
  readonly currency?: string;
  readonly venue?: string;
  readonly filled_at: string;
}

/** Somebody told what the market is now. */
export interface PricesObserved {
  readonly type: 'prices_observed';
  readonly data: {
    readonly coordination_id: string;
    readonly as_of: string;
    readonly prices: readonly ObservedPrice[];
  };
}

export interface ObservedPrice {
  readonly instrument_id: string;
  /** money a share */
  readonly price: number;
  /** shares a day, as expected now */
  readonly adv?: number;
}

/** An order, or a part of it, that will not be filled. */
export interface ReleasedShares {
  readonly decision_id: string;
  readonly instrument_id: string;
  /** shares, with the sign of the order */
  readonly quantity: number;
}

export interface OrdersCancelled {
  readonly type: 'orders_cancelled';
  readonly data: {
    readonly coordination_id: string;
    /** fills until then count, whenever they are reported */
    readonly cancelled_at: string;
    readonly reason: string;
    readonly orders: readonly ReleasedShares[];
  };
}

/** The plan has ended with shares left. */
export interface OrdersExpired {
  readonly type: 'orders_expired';
  readonly data: {
    readonly coordination_id: string;
    /** the end of the plan */
    readonly expired_at: string;
    readonly orders: readonly ReleasedShares[];
  };
}

export type ReplanReason = 'PARTIAL_FILL' | 'PRICE_MOVE' | 'VOLUME_SHORTFALL' | 'ORDERS_CANCELLED';

export interface ExecutionReplanned {
  readonly type: 'execution_replanned';
  readonly data: {
    readonly coordination_id: string;
    readonly as_of: string;
    readonly reason: ReplanReason;
    /** the numbers behind the reason, as a sentence */
    readonly explanation: string;
    readonly plans: readonly PlannedOrder[];
    /** what no longer fits under the limits */
    readonly released: readonly (ReleasedShares & { readonly limit: string })[];
  };
}

export interface PlannedOrder {
  readonly decision_id: string;
  /** shares still to trade; negative sells */
  readonly quantity: number;
  /** money a share, what the plan was made with */
  readonly price: number;
  /** shares a day; absent where unknown */
  readonly adv?: number;
  readonly timing_recommendation: TimingRecommendation;
}

export type ExecutionStatus = 'PLANNED' | 'WORKING' | 'DONE' | 'CANCELLED' | 'EXPIRED';

/** Nothing is open any more. A fill from before the end that is reported after it is followed by another such event. */
export interface ExecutionFinished {
  readonly type: 'execution_finished';
  readonly data: {
    readonly coordination_id: string;
    readonly portfolio_id: string;
    readonly status: FinalStatus;
    readonly shortfall: ImplementationShortfall;
  };
}

export type FinalStatus = Extract<ExecutionStatus, 'DONE' | 'CANCELLED' | 'EXPIRED'>;

/** Money; the parts add up to the total exactly. Negative is a gain. */
export interface ShortfallSplit {
  readonly spread: number;
  readonly impact: number;
  readonly delay: number;
  readonly opportunity: number;
  readonly fees: number;
  readonly total: number;
  /** of the decided amount at the decision price */
  readonly total_bps: number;
}

export interface ImplementationShortfall {
  readonly orders: readonly OrderShortfallSplit[];
  readonly total: ShortfallSplit;
}

export interface OrderShortfallSplit extends ShortfallSplit {
  readonly decision_id: string;
}

export const executionStream = (coordinationId: string): string => `execution-${coordinationId}`;
