import type { Action, Regime, RejectionCode } from '#engine';

/** Events of the stream `outcome-{coordination_id}`: what came of a coordination, told when it is known. */
export type OutcomeEvent = OutcomesMeasured | OutcomesCorrected;

/** Horizons have passed: each signal, decision and refusal is told once, those of longer horizons by a later event. */
export interface OutcomesMeasured {
  readonly type: 'outcomes_measured';
  readonly data: MeasuredOutcomes;
}

/** Late or revised data tell something else than was recorded: these rows replace those of the same ids. */
export interface OutcomesCorrected {
  readonly type: 'outcomes_corrected';
  readonly data: MeasuredOutcomes;
}

/** Rows of one coordination, with what attribution and learning need of it: a reader has to look nothing up. */
export interface MeasuredOutcomes {
  readonly coordination_id: string;
  readonly portfolio_id: string;
  readonly decided_at: string;
  readonly measured_by: 'MARKET_DATA' | 'POSTED';
  readonly regime: Regime;
  readonly coordination_mode: 'AGGRESSIVE' | 'BALANCED' | 'CONSERVATIVE';
  readonly config_name?: string;
  readonly learned_state_id: string;
  /** net asset value when it was decided; money */
  readonly nav: number;
  readonly signals: readonly SignalOutcome[];
  readonly decisions: readonly DecisionOutcomeRow[];
  readonly refusals: readonly RefusalOutcomeRow[];
}

/** What came of an instrument over a horizon. Returns are simple, over the horizon, adjusted for splits and dividends. */
export type RealisedOutcome =
  | {
      readonly status: 'MEASURED';
      /** of the closes, or of the posted prices */
      readonly entry_at: string;
      readonly exit_at: string;
      readonly entry_price: number;
      readonly exit_price: number;
      readonly realised_return: number;
      /** of the equally weighted market or the benchmark over the same days; 0 without one */
      readonly benchmark_return: number;
      readonly realised_alpha: number;
      /** realised alpha less the expected return; null where nothing was expected */
      readonly alpha_error: number | null;
      /** whether the alpha went the direction's way; null for a HOLD */
      readonly hit: boolean | null;
      /** trading days that the closes were later than asked for */
      readonly late_days: number;
    }
  | { readonly status: 'UNMEASURABLE'; readonly reason: 'UNKNOWN_INSTRUMENT' | 'NO_ENTRY_PRICE' | 'NO_EXIT_PRICE' };

export interface SignalOutcome {
  readonly signal_id: string;
  readonly source: string;
  readonly strategy?: string;
  readonly instrument_id: string;
  readonly sector?: string;
  readonly action: Action;
  readonly generated_at: string;
  /** trading days */
  readonly horizon_days: number;
  /** as stated by the source */
  readonly confidence: number;
  /** direction times strength times confidence, in [-1, 1] */
  readonly claim: number;
  readonly expected_return?: number;
  /** of one day, as the coordination knew it; absent where it knew none */
  readonly volatility?: number;
  /** whether its instrument was traded in its direction */
  readonly accepted: boolean;
  readonly outcome: RealisedOutcome;
}

export interface DecisionOutcomeRow {
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly sector?: string;
  readonly action: 'BUY' | 'SELL';
  readonly horizon_days: number;
  /** unsigned shares: those that filled where fills were reported, those decided otherwise */
  readonly quantity: number;
  /** at which it was decided */
  readonly price: number;
  /** what was paid on average where fills were reported; the price of the decision otherwise */
  readonly fill_price: number;
  /** money: reported with the fills, expected ones where there are none */
  readonly costs: number;
  readonly confidence: number;
  /** the instrument's expected return over the horizon, and its own signals' parts of it: the rest came from signals on other instruments */
  readonly alpha: number;
  readonly shares: readonly { readonly source: string; readonly strategy?: string; readonly alpha: number }[];
  readonly outcome: RealisedOutcome;
  /** money, after costs; null where the outcome is unmeasurable */
  readonly profit: number | null;
}

export interface RefusalOutcomeRow {
  readonly signal_id: string;
  readonly source: string;
  readonly instrument_id: string;
  readonly action: Action;
  readonly horizon_days: number;
  readonly reason_code: RejectionCode;
  /** what would have been traded without the limit, as the counterfactual told it; 0 shares where it told nothing */
  readonly would_trade: { readonly quantity: number; readonly price: number; readonly costs: number };
  readonly outcome: RealisedOutcome;
  /** money that the limit cost, negative where it saved some; null where the outcome is unmeasurable */
  readonly cost: number | null;
}

export const outcomeStream = (coordinationId: string): string => `outcome-${coordinationId}`;
