import type { CoordinationParameters } from '../coordination/request.js';

/** What is to be decided again. Each bound that is given narrows the range; positions are those of the completed events. */
export interface ReplayRange {
  /** recorded at or after it, RFC 3339 */
  readonly from?: string;
  /** recorded before it */
  readonly to?: string;
  readonly from_position?: number;
  readonly to_position?: number;
  readonly portfolio_id?: string;
}

export interface ReplayRequest {
  readonly mode: 'verify' | 'what-if';
  readonly range?: ReplayRange;
  /** what-if: a stored configuration in place of the one that was used */
  readonly config_name?: string;
  /** what-if: override everything else, the request's own parameters too */
  readonly coordination_parameters?: CoordinationParameters;
}

/** A place where two documents differ. */
export interface Difference {
  /** JSON pointer */
  readonly pointer: string;
  /** undefined where it was not there */
  readonly recorded?: unknown;
  readonly replayed?: unknown;
}

/** A coordination whose replay did not give the recorded bytes, or could not be done. */
export interface ReplayFault {
  readonly coordination_id: string;
  /** of its completed event */
  readonly position: string;
  readonly recorded_engine_version: string;
  /** a sentence */
  readonly reason: string;
  /** the first places, in the order of the document */
  readonly differences: readonly Difference[];
}

export interface VerifyReport {
  /** the same bytes */
  readonly verified: number;
  /** other bytes by the engine version that decided them, or bytes that are no longer those that were hashed */
  readonly different: number;
  /** other bytes, but they were decided by another engine version than the one that runs here */
  readonly other_engine: number;
  /** lacking an input, or unreadable */
  readonly failed: number;
  /** the first few of those that were not verified, by position */
  readonly faults: readonly ReplayFault[];
}

/** What a portfolio manager compares two configurations by; fractions of NAV unless the name says otherwise. */
export interface OutcomeFigures {
  /** decisions that trade */
  readonly trades: number;
  readonly signals_rejected: number;
  readonly turnover: number;
  readonly expected_cost_bps: number;
  readonly risk_budget_used: number;
  readonly portfolio_utilization: number;
  readonly utility: number;
  readonly coordination_quality: number;
  /** limits that could not be kept */
  readonly limits_relaxed: number;
  /** limits with a price: they held something back */
  readonly limits_binding: number;
}

/** What the trades would have earned over their horizons by the closes, after expected costs: basis points of the net asset value, summed. */
export interface WhatIfProfit {
  readonly recorded: number;
  readonly replayed: number;
  /** of how many coordinations the closes are known */
  readonly coordinations: number;
}

export interface WhatIfReport {
  readonly compared: number;
  /** coordinations in which at least one decision changed */
  readonly coordinations_changed: number;
  readonly decisions_changed: number;
  /** the other configuration has no answer, or an input is lacking */
  readonly failed: number;
  /** means over the compared coordinations */
  readonly recorded: OutcomeFigures;
  readonly replayed: OutcomeFigures;
  /** the coordinations with the most changed decisions */
  readonly most_changed: readonly ChangedCoordination[];
  /** null where no outcomes of the decisions are known */
  readonly profit: WhatIfProfit | null;
  readonly faults: readonly ReplayFault[];
}

export interface ChangedCoordination {
  readonly coordination_id: string;
  readonly decisions_changed: number;
  readonly changes: readonly DecisionChange[];
}

export interface DecisionChange {
  readonly instrument_id: string;
  /** signed shares: negative sells */
  readonly recorded: number;
  readonly replayed: number;
}

export type ReplayReport = VerifyReport | WhatIfReport;
