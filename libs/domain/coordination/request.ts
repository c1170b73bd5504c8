/**
 * The coordination request as it crosses the wire and as it is recorded in the events: snake_case, times as RFC 3339
 * strings in UTC. The schemas in contracts check it before it gets here.
 */
export interface CoordinationRequest {
  readonly signals: readonly TradingSignal[];
  readonly portfolio_state?: PortfolioState;
  readonly portfolio_id?: string;
  readonly rebalance_requests?: readonly RebalanceRequest[];
  readonly coordination_parameters?: CoordinationParameters;
  readonly config_name?: string;
  readonly market_data?: MarketData;
  /** trades of any account, past and planned, that may wash a loss */
  readonly recorded_trades?: readonly RecordedTrade[];
  /** stored portfolios of the same taxpayer: what they bought, and are going to, counts as recorded trades */
  readonly wash_sale_portfolios?: readonly string[];
  /** net gains of the tax year so far, losses negative; money */
  readonly realised_gains_to_date?: { readonly short_term?: number; readonly long_term?: number };
  /** with the lot method SPECIFIC: the lots to sell, in order */
  readonly lots_to_sell?: readonly LotsToSell[];
  readonly as_of?: string;
}

export interface RecordedTrade {
  readonly account: string;
  readonly instrument_id: string;
  /** signed shares */
  readonly quantity: number;
  readonly traded_at: string;
  /** kept, not used */
  readonly price?: number;
  /** of a sale, a loss negative; money */
  readonly realised_gain?: number;
}

export interface LotsToSell {
  readonly instrument_id: string;
  readonly lot_ids: readonly string[];
}

export type TradingAction = 'BUY' | 'SELL' | 'HOLD';
export type CoordinationMode = 'AGGRESSIVE' | 'BALANCED' | 'CONSERVATIVE';

export interface TradingSignal {
  readonly signal_id: string;
  readonly source: string;
  readonly instrument_id: string;
  readonly action: TradingAction;
  readonly strength: number;
  readonly confidence: number;
  readonly generated_at: string;
  readonly horizon_days?: number;
  readonly half_life_days?: number;
  readonly expires_at?: string;
  readonly expected_return?: number;
  readonly strategy?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface PortfolioState {
  readonly portfolio_id: string;
  readonly as_of: string;
  readonly currency?: string;
  readonly cash: number;
  readonly positions: readonly PortfolioPosition[];
  readonly open_orders?: readonly { readonly instrument_id: string; readonly quantity: number }[];
}

export interface PortfolioPosition {
  readonly instrument_id: string;
  readonly quantity: number;
  readonly price?: number;
  readonly sector?: string;
  readonly tax_lots?: readonly {
    readonly lot_id: string;
    readonly quantity: number;
    readonly cost_basis: number;
    readonly acquired_at: string;
  }[];
}

export interface RebalanceRequest {
  readonly rebalance_id: string;
  readonly targets: readonly { readonly instrument_id: string; readonly target_weight: number }[];
  readonly reason?: 'DRIFT' | 'CASH_FLOW' | 'RISK' | 'INDEX_CHANGE' | 'TAX_LOSS' | 'OTHER';
  readonly priority?: number;
  readonly deadline?: string;
  readonly tolerance?: number;
  readonly tax_sensitive?: boolean;
  /** in place of the entry `tax` of priority_weights, for what it asks to trade */
  readonly tax_sensitivity?: number;
  /** money that comes (positive) or goes, and is not in the portfolio's cash yet */
  readonly cash_flow?: { readonly amount: number; readonly at?: string };
}

/** Every field is optional on the wire: what is missing comes from the stored configuration, then the mode's defaults. */
export interface CoordinationParameters {
  readonly max_position_size?: number;
  readonly correlation_threshold?: number;
  readonly risk_budget_limit?: number;
  readonly priority_weights?: Readonly<Record<string, number>>;
  readonly coordination_mode?: CoordinationMode;
  readonly horizon_days?: number;
  readonly risk_aversion?: number;
  /** share of risk_budget_limit that may be used; default by mode */
  readonly risk_budget_share?: number;
  readonly max_turnover?: number;
  readonly max_sector_weight?: number;
  readonly cash_buffer?: number;
  readonly max_participation?: number;
  readonly execution_days?: number;
  readonly min_confidence?: number;
  readonly allow_short?: boolean;
  readonly trade_universe?: 'SIGNALLED' | 'ALL';
  readonly max_gross?: number;
  readonly fee_bps?: number;
  readonly min_trade_notional?: number;
  readonly restricted?: readonly string[];
  readonly instrument_bounds?: Readonly<Record<string, { readonly min?: number; readonly max?: number }>>;
  readonly limit_priority?: readonly string[];
  readonly tax?: {
    readonly short_term_rate?: number;
    readonly long_term_rate?: number;
    readonly harvest?: boolean;
    readonly lot_method?: 'LEAST_TAX' | 'HIFO' | 'FIFO' | 'SPECIFIC';
    /** most net gains realised, those to date included; money */
    readonly gain_budget?: { readonly short_term?: number; readonly long_term?: number; readonly total?: number };
  };
}

export interface MarketData {
  readonly instruments: readonly MarketInstrument[];
  readonly correlation_matrix?: {
    readonly instruments: readonly string[];
    readonly values: readonly (readonly number[])[];
  };
  readonly factor_model?: WireFactorModel;
  /** whose sessions orders trade in; default the service's */
  readonly calendar?: 'XNYS' | 'CONTINUOUS';
  /** the sessions of any other market, instead of a calendar; the longest counts as an ordinary one */
  readonly sessions?: readonly TradingSession[];
  /** expected volumes of equally long parts of a session, in any unit: of all instruments, and of some their own */
  readonly volume_profile?: readonly number[];
  readonly volume_profiles?: Readonly<Record<string, readonly number[]>>;
}

export interface TradingSession {
  readonly open_at: string;
  readonly close_at: string;
}

/** Sessions of a calendar as they were known when a coordination was decided. */
export interface TradingSessions {
  /** the name of the calendar */
  readonly calendar: string;
  /** length of an ordinary session */
  readonly ordinary_minutes: number;
  /** ascending, the one that was under way first */
  readonly sessions: readonly TradingSession[];
}

export interface MarketInstrument {
  readonly instrument_id: string;
  readonly price: number;
  readonly sector?: string;
  readonly volatility?: number;
  readonly adv?: number;
  readonly half_spread?: number;
  readonly lot_size?: number;
}

/** Daily: Sigma = loadings factor_covariance loadings' + diag(specific_variance). */
export interface WireFactorModel {
  readonly instruments: readonly string[];
  readonly loadings: readonly (readonly number[])[];
  readonly factor_covariance: readonly (readonly number[])[];
  readonly specific_variance: readonly number[];
}
