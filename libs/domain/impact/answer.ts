import type { LotToSell } from '../coordination/response.js';
import type { DatedReturn, ImpactAssessment, Span } from './portfolio-risk.js';
import type { ImpactTrade } from './request.js';

/** The answer of `POST /impact`. Nothing of it is stored. */
export interface ImpactAnswer {
  readonly portfolio_id: string;
  readonly as_of: string;
  readonly nav: number;
  readonly turnover: number;
  readonly impact_assessment: ImpactAssessment;
  readonly trades: readonly TradeImpact[];
  readonly expected_cost_bps: CostBps;
  readonly limits: readonly LimitAround[];
  readonly instruments: readonly InstrumentRisk[];
  readonly sectors: readonly SectorRisk[];
  readonly history: HistoryUsed;
  readonly full_history?: FullHistory;
  readonly config_version?: string;
  readonly risk_model: { readonly id: string; readonly source: string; readonly regime: string };
  readonly warnings: readonly string[];
}

export interface TradeImpact extends ImpactTrade {
  readonly price: number;
  readonly position_change: number;
  readonly expected_cost_bps: CostBps;
  readonly days_to_trade: number;
  readonly marginal_var: number;
  readonly lots?: readonly LotToSell[];
}

/** Basis points of NAV. */
export interface CostBps {
  readonly spread: number;
  readonly fee: number;
  readonly impact: number;
  readonly tax: number;
}

export interface LimitAround {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly bound: number;
  readonly broken_before: boolean;
  readonly broken_after: boolean;
}

export interface SectorRisk {
  /** absent where none is known */
  readonly sector?: string;
  readonly weight_before: number;
  readonly weight_after: number;
  readonly component_var_before: number;
  readonly component_var_after: number;
}

export interface InstrumentRisk extends SectorRisk {
  readonly instrument_id: string;
  readonly marginal_var: number;
  readonly days_to_liquidate: number;
}

/** Which past the answer rests on. */
export interface HistoryUsed {
  readonly source: 'MARKET_MODEL' | 'FULL' | 'NONE';
  readonly days: number;
  readonly first_day?: string;
  readonly last_day?: string;
}

/** Every kept day under the weights before and after. */
export interface FullHistory {
  readonly before: FullHistoryRisk;
  readonly after: FullHistoryRisk;
}

export interface FullHistoryRisk {
  readonly days: number;
  readonly days_left_out: number;
  readonly var_95?: number;
  readonly cvar_95?: number;
  readonly quantiles: readonly { readonly probability: number; readonly return: number }[];
  readonly worst_days: readonly DatedReturn[];
  readonly worst_5_days?: Span;
  readonly worst_20_days?: Span;
}
