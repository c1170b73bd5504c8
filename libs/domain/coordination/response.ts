import type { RejectionCode } from '#engine';
import type { ImpactAssessment } from '../impact/portfolio-risk.js';
import type { TradingAction } from './request.js';

/** What a coordination answers; `processing_time_ms` is measured and therefore outside the replayed bytes. */
export interface CoordinationResponse extends CoordinationOutcome {
  readonly coordination_id: string;
  readonly processing_time_ms: number;
}

/** The replayable part: the same inputs give the same bytes. */
export interface CoordinationOutcome {
  readonly status: 'OPTIMAL' | 'RELAXED' | 'HOLD_ALL';
  readonly decisions: readonly CoordinatedTradingDecision[];
  readonly coordination_summary: CoordinationSummary;
  readonly rejected_signals: readonly RejectedSignal[];
  readonly limits: readonly LimitReport[];
  /** one a rebalance request, those of the request before those of the queue; absent where there was none, and in answers of engine versions before 3 */
  readonly rebalances?: readonly RebalanceReport[];
  readonly optimality_gap_bps: number;
  readonly config_version?: string;
  readonly risk_model: { readonly id: string; readonly source: string; readonly regime: string };
  readonly as_of: string;
  readonly warnings: readonly string[];
}

export interface CoordinatedTradingDecision {
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly action: TradingAction;
  readonly quantity: number;
  readonly priority: number;
  readonly confidence: number;
  readonly coordination_reasoning: readonly string[];
  readonly portfolio_impact: {
    readonly position_change: number;
    readonly weight_change: number;
    readonly risk_contribution_change: number;
    readonly correlation_impact: number;
    readonly diversification_effect: number;
  };
  readonly risk_assessment: RiskAssessment;
  readonly timing_recommendation: TimingRecommendation;
  readonly lots?: readonly LotToSell[];
}

/** The numbers beside the quantity are absent in answers of engine versions up to 2. */
export interface LotToSell {
  readonly lot_id: string;
  readonly quantity: number;
  readonly term?: 'SHORT' | 'LONG';
  /** proceeds less basis at the price of the decision; a loss is negative; money */
  readonly gain?: number;
  /** negative for a loss that is harvested; money */
  readonly tax?: number;
  /** the loss that does not count for a purchase within 30 days; money */
  readonly loss_disallowed?: number;
}

export interface RiskAssessment {
  readonly volatility_before: number;
  readonly volatility_after: number;
  readonly var_95_before: number;
  readonly var_95_after: number;
  readonly cvar_95_before: number;
  readonly cvar_95_after: number;
  readonly marginal_var: number;
  readonly historical_var_95?: number;
  readonly worst_days?: readonly { readonly date: string; readonly return: number }[];
  readonly stress?: readonly { readonly name: string; readonly return: number }[];
  readonly days_to_liquidate: number;
  readonly expected_cost_bps: {
    readonly spread: number;
    readonly fee: number;
    readonly impact: number;
    readonly tax: number;
  };
}

export interface TimingRecommendation {
  readonly urgency: 'LOW' | 'MEDIUM' | 'HIGH';
  readonly start_at: string;
  readonly end_at: string;
  readonly strategy: string;
  readonly slices: readonly { readonly start_at: string; readonly end_at: string; readonly quantity: number }[];
  readonly expected_cost_bps: number;
  readonly cost_std_bps: number;
  readonly depends_on: readonly string[];
  /** why this strategy; absent before engine version 3, as the next one is */
  readonly strategy_reason?: string;
  /** what the other strategies would cost */
  readonly alternatives?: readonly ExecutionAlternative[];
}

export interface ExecutionAlternative {
  readonly strategy: 'TWAP' | 'VWAP' | 'POV' | 'ALMGREN_CHRISS';
  readonly expected_cost_bps: number;
  readonly cost_std_bps: number;
  readonly end_at: string;
}

export interface RejectedSignal {
  readonly signal_id: string;
  readonly source: string;
  readonly instrument_id: string;
  readonly reason_code: RejectionCode;
  readonly reason: string;
  readonly shortfall?: {
    readonly marginal_risk_bps: number;
    readonly limits: Readonly<Record<string, number>>;
    readonly cost_bps: number;
    /** the sum of the parts above; absent in answers of engine version 1, as the next one is */
    readonly break_even_bps?: number;
    /** what the trade was expected to earn */
    readonly alpha_bps?: number;
  };
  readonly counterfactual?: {
    readonly parameter: string;
    readonly value: number;
    readonly would: { readonly action: TradingAction; readonly quantity: number };
  };
  readonly shadow_price?: number;
}

export interface LimitReport {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  readonly slack: number;
  readonly shadow_price: number;
  readonly broken_before: boolean;
  readonly relaxed_by: number;
  readonly prevented_by?: readonly string[];
  /** the same problem solved again without this limit, where it is among the dearest: utility gained, and where the value would end */
  readonly without?: { readonly utility_bps: number; readonly value: number };
}

/** What a coordination did for a rebalance request, what that cost, and what is left. */
export interface RebalanceReport extends RebalanceProgress {
  /** volatility of one day of the weights against the targets of this request */
  readonly tracking_error_before: number;
  readonly tracking_error_after: number;
  readonly tracking_error_removed: number;
  /** spread, fee and impact of the trades toward the targets, basis points of NAV */
  readonly cost_bps: number;
  readonly tax_bps: number;
  /** of a withdrawal, still to be raised, fraction of NAV */
  readonly cash_left?: number;
  /** weights between which trading costs more than it brings */
  readonly no_trade_band: readonly { readonly instrument_id: string; readonly lower: number; readonly upper: number }[];
  /** when to do what is left, and what it waits for; absent where nothing is */
  readonly best_time?: {
    readonly at?: string;
    readonly waits_for: 'NEXT_COORDINATION' | 'DEADLINE' | 'LONG_TERM_RATE' | 'LIMIT' | 'DRIFT';
  };
}

/** How far a coordination got with a rebalance request. */
export interface RebalanceProgress {
  readonly rebalance_id: string;
  /** `OVERDUE` is past its deadline and not done */
  readonly status: 'QUEUED' | 'PARTLY_DONE' | 'DONE' | 'OVERDUE';
  /** of the distance from the weights before to the targets, 0 to 1 */
  readonly done: number;
  /** what is left to trade, and why; empty where it is done */
  readonly left: readonly RebalanceLeft[];
}

export interface RebalanceLeft {
  readonly instrument_id: string;
  /** target - weight after trading, fraction of NAV */
  readonly weight_left: number;
  /** the name of the limit that stands in the way, or cost, tax, signals, risk_of_trade, lot_size, no_price, request:ID, hold_all */
  readonly why: string;
}

export interface CoordinationSummary {
  readonly total_signals_processed: number;
  readonly decisions_generated: number;
  readonly signals_rejected: number;
  readonly portfolio_utilization: number;
  readonly risk_budget_used: number;
  readonly coordination_quality: number;
  readonly transfer_coefficient: number;
  readonly utility: number;
  readonly utility_bound: number;
  readonly turnover: number;
  readonly expected_cost_bps: number;
  /** the whole portfolio's risk before and after; absent in answers of engine version 1 */
  readonly impact_assessment?: ImpactAssessment;
}
