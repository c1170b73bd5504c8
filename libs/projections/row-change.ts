/**
 * What an event does to the tables of the query side. Columns carry the names of the tables; times are RFC 3339 strings,
 * objects and arrays are JSON columns. Writing the same changes again from position 0 gives the same rows.
 */
export type RowChange =
  | Upsert<'coordinations', CoordinationRow>
  | Upsert<'coordination_decisions_ts', DecisionRow>
  | Upsert<'rejected_signals', RejectedSignalRow>
  | Upsert<'portfolio_states', PortfolioStateRow>
  | Upsert<'market_model_current', MarketModelRow>
  | Upsert<'risk_models', RiskModelRow>
  | Upsert<'configurations', ConfigurationRow>
  | Update<'configurations', Omit<ConfigurationRow, 'parameters'>>
  | Upsert<'rebalance_requests', RebalanceRequestRow>
  | Update<'rebalance_requests', RebalanceChange>
  | Upsert<'portfolio_changes', PortfolioChangeRow>
  | Upsert<'executions', ExecutionRow>
  | Update<'executions', Pick<ExecutionRow, 'coordination_id' | 'status' | 'shortfall' | 'finished_at'>>
  | Upsert<'execution_fills', ExecutionFillRow>
  | Upsert<'execution_changes', ExecutionChangeRow>
  | Upsert<'learned_states', LearnedStateRow>
  | Update<'learned_states', Partial<LearnedStateRow> & Pick<LearnedStateRow, 'learned_state_id'>>
  | Upsert<'signal_outcomes_ts', SignalOutcomeRow>
  | Upsert<'decision_outcomes_ts', DecisionOutcomeTableRow>
  | Upsert<'attributed_profits_ts', AttributedProfitRow>
  | Upsert<'refusal_outcomes_ts', RefusalOutcomeTableRow>
  | { readonly kind: 'ACCUMULATE'; readonly table: 'coordination_performance_ts'; readonly row: PerformanceIncrement };

/** Inserts the row, or replaces the one with the same key. */
interface Upsert<Table extends string, Row> {
  readonly kind: 'UPSERT';
  readonly table: Table;
  readonly row: Row;
}

/** Changes the named columns of the row with the same key; nothing where there is none. */
interface Update<Table extends string, Row> {
  readonly kind: 'UPDATE';
  readonly table: Table;
  readonly row: Row;
}

export interface CoordinationRow {
  readonly coordination_id: string;
  readonly position: bigint;
  readonly timestamp: string;
  readonly portfolio_id: string;
  readonly config_name: string | null;
  readonly status: string;
  /** the CoordinationResponse */
  readonly document: object;
}

export interface DecisionRow {
  readonly timestamp: string;
  readonly coordination_id: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly action: string;
  readonly quantity: number;
  readonly confidence: number;
  readonly portfolio_impact: object;
  readonly coordination_metadata: object;
}

export interface RejectedSignalRow {
  readonly coordination_id: string;
  /** 1, 2, ... in the order of the answer */
  readonly ordinal: number;
  readonly timestamp: string;
  readonly signal_id: string;
  readonly source: string;
  readonly instrument_id: string;
  readonly reason_code: string;
  readonly reason: string;
  /** shortfall, counterfactual and shadow price, where there are any */
  readonly detail: object;
}

export interface PortfolioStateRow {
  readonly portfolio_id: string;
  readonly position: bigint;
  readonly timestamp: string;
  readonly as_of: string;
  readonly state: object;
}

export interface MarketModelRow {
  /** the key of the table's only row */
  readonly singleton: true;
  readonly position: bigint;
  readonly timestamp: string;
  readonly model_id: string;
  readonly as_of: string;
  readonly regime: string;
  readonly instruments: object;
  readonly factor_model: object;
}

export interface RiskModelRow {
  /** of the stream of models: 1, 2, ... */
  readonly version: number;
  readonly position: bigint;
  readonly timestamp: string;
  readonly model_id: string;
  readonly as_of: string;
  readonly regime: string;
  /** how many */
  readonly instruments: number;
  /** null where the model came from elsewhere */
  readonly report: object | null;
}

export interface ConfigurationRow {
  readonly config_name: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly parameters: object;
  readonly position: bigint;
  readonly timestamp: string;
}

export interface RebalanceRequestRow {
  readonly portfolio_id: string;
  readonly rebalance_id: string;
  /** of the last event that changed it, as is the time */
  readonly position: bigint;
  readonly timestamp: string;
  readonly requested_at: string;
  readonly deadline: string | null;
  readonly status: string;
  readonly request: object;
  readonly progress: object | null;
  readonly coordination_id: string | null;
}

type RebalanceChange = Pick<
  RebalanceRequestRow,
  'portfolio_id' | 'rebalance_id' | 'position' | 'timestamp' | 'status'
> &
  Partial<Pick<RebalanceRequestRow, 'progress' | 'coordination_id'>>;
export interface PortfolioChangeRow {
  readonly portfolio_id: string;
  /** of the portfolio's stream */
  readonly version: number;
  readonly position: bigint;
  readonly timestamp: string;
  readonly type: string;
  /** of `portfolio_state_set` the orders that stay, else the data of the event */
  readonly data: object;
}

export interface ExecutionRow {
  readonly coordination_id: string;
  readonly position: bigint;
  readonly timestamp: string;
  readonly portfolio_id: string;
  readonly stored_portfolio: boolean;
  readonly currency: string | null;
  readonly status: string;
  /** what each order is measured by */
  readonly orders: object;
  /** null until nothing is open any more */
  readonly shortfall: object | null;
  readonly finished_at: string | null;
}

export interface ExecutionFillRow {
  readonly coordination_id: string;
  readonly fill_id: string;
  /** of the execution's stream */
  readonly version: number;
  /** 1, 2, ... within its event */
  readonly ordinal: number;
  readonly timestamp: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  /** shares; negative sold */
  readonly quantity: number;
  readonly price: number;
  readonly costs: number | null;
  readonly currency: string | null;
  readonly venue: string | null;
  /** as it was reported */
  readonly filled_at: string;
}

export interface ExecutionChangeRow {
  readonly coordination_id: string;
  /** of the execution's stream */
  readonly version: number;
  readonly timestamp: string;
  readonly type: string;
  readonly data: object;
}

export interface LearnedStateRow {
  readonly learned_state_id: string;
  readonly position: bigint;
  readonly timestamp: string;
  /** CHALLENGER, CHAMPION, FORMER */
  readonly status: string;
  readonly proposed_at: string;
  readonly learned_until: string;
  readonly observations: number;
  readonly state: object;
  /** the last look at it */
  readonly test: object | null;
}

/** Of which coordination an outcome is. */
export interface OutcomeContext {
  readonly decided_at: string;
  readonly coordination_id: string;
  readonly portfolio_id: string;
  readonly regime: string;
  readonly mode: string;
  readonly config_name: string | null;
}

interface Realised {
  /** null where it cannot be measured */
  readonly realised_alpha: number | null;
  /** null for a HOLD too */
  readonly hit: boolean | null;
}

export interface SignalOutcomeRow extends OutcomeContext, Realised {
  readonly signal_id: string;
  readonly source: string;
  readonly strategy: string | null;
  readonly instrument_id: string;
  readonly sector: string | null;
  readonly action: string;
  readonly accepted: boolean;
  readonly horizon_days: number;
  readonly confidence: number;
  readonly claim: number;
  readonly expected_return: number | null;
  readonly realised_return: number | null;
  readonly exit_at: string | null;
}

export interface DecisionOutcomeTableRow extends OutcomeContext, Realised {
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly sector: string | null;
  readonly action: string;
  readonly horizon_days: number;
  readonly quantity: number;
  readonly price: number;
  readonly fill_price: number;
  readonly costs: number;
  readonly confidence: number;
  readonly alpha: number;
  readonly realised_return: number | null;
  readonly profit: number | null;
  readonly exit_at: string | null;
  readonly nav: number;
}

/** Money; the four add up to the part of a decision's profit that is shared to the source. */
export interface AttributedProfitRow extends OutcomeContext {
  readonly decision_id: string;
  /** 1, 2, ... within the decision */
  readonly ordinal: number;
  readonly source: string;
  readonly strategy: string | null;
  readonly instrument_id: string;
  readonly sector: string | null;
  readonly selection: number;
  readonly timing: number;
  readonly execution: number;
  readonly costs: number;
}

export interface RefusalOutcomeTableRow extends OutcomeContext, Realised {
  readonly signal_id: string;
  readonly source: string;
  readonly instrument_id: string;
  readonly action: string;
  readonly reason_code: string;
  readonly would_quantity: number;
  readonly cost: number | null;
}

/** What one coordination adds to its minute; means and rates are derived from the sums. */
export interface PerformanceIncrement {
  /** the start of the minute */
  readonly timestamp: string;
  readonly coordinations: number;
  readonly decisions: number;
  readonly signals_processed: number;
  readonly signals_rejected: number;
  readonly coordination_quality: number;
  /** milliseconds */
  readonly processing_time_ms: number;
  readonly portfolio_utilization: number;
  readonly risk_budget_utilization: number;
}
