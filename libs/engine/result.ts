import type { ImpactAssessment, StressReturn } from './assessment/portfolio-assessment.js';
import type { Action, Regime } from './input.js';
import type { Problem, Solution } from './solver/problem.js';
import type { HoldingTerm } from './tax/holding-period.js';
import type { ScreeningCode } from './universe.js';

/** The answer of the engine. Times are epoch milliseconds; everything else in the units of CoordinationInput. */
export interface CoordinationResult {
  readonly status: CoordinationStatus;
  readonly decisions: readonly Decision[];
  readonly rejectedSignals: readonly RejectedSignal[];
  readonly summary: Summary;
  readonly limits: readonly LimitReport[];
  /** one a rebalance request, in their order */
  readonly rebalances: readonly RebalanceReport[];
  readonly optimalityGapBps: number;
  readonly riskModel: { readonly id: string; readonly source: string; readonly regime: Regime };
  readonly warnings: readonly string[];
  /** the problem as solved and its continuous answer, for the certificate */
  readonly problem: Problem;
  readonly solution: Solution;
  /** after trading whole lots, fractions of NAV before, in the order of the problem's instruments */
  readonly weights: readonly number[];
  /**
   * budgets of realised gains that were priced: the price per unit of gain within the problem's tax, and the room that the
   * budget left, fraction of NAV. The solution's bound plus price times room bounds the utility.
   */
  readonly gainPrices: readonly { readonly name: string; readonly price: number; readonly room: number }[];
  /** of the whole-lot portfolio with the exact tax of the lots sold; the problem's tax is a convex envelope of it */
  readonly utility: number;
  /** what each accepted signal contributed to the alpha of its own instrument, and its combined weight */
  readonly contributions: readonly SignalContribution[];
}

export type CoordinationStatus = 'OPTIMAL' | 'RELAXED' | 'HOLD_ALL';

export interface Decision {
  readonly decisionId: string;
  readonly instrumentId: string;
  readonly action: Action;
  readonly quantity: number;
  readonly priority: number;
  readonly confidence: number;
  readonly reasoning: readonly string[];
  readonly impact: PortfolioImpact;
  readonly risk: RiskAssessment;
  readonly timing: TimingRecommendation;
  /** tax lots to sell, where the position has any */
  readonly lots?: readonly LotToSell[];
}

/** Part of a tax lot that a decision sells, and what that realises at the current price; money. */
export interface LotToSell {
  readonly lotId: string;
  readonly quantity: number;
  readonly term: HoldingTerm;
  /** proceeds less basis, before costs; a loss is negative whether or not it counts */
  readonly gain: number;
  /** negative for a loss that is harvested */
  readonly tax: number;
  /** the loss that does not count for a purchase within the wash-sale window; positive, absent where there is none */
  readonly lossDisallowed?: number;
}

export interface PortfolioImpact {
  readonly positionChange: number;
  readonly weightChange: number;
  readonly riskContributionChange: number;
  readonly correlationImpact: number;
  readonly diversificationEffect: number;
}

export interface RiskAssessment {
  readonly volatilityBefore: number;
  readonly volatilityAfter: number;
  readonly var95Before: number;
  readonly var95After: number;
  readonly cvar95Before: number;
  readonly cvar95After: number;
  readonly marginalVar: number;
  readonly historicalVar95?: number;
  readonly worstDays?: readonly { readonly date: string; readonly return: number }[];
  /** of the portfolio after trading: the market, the decision's own sector, volatilities, correlations, the worst week */
  readonly stress?: readonly StressReturn[];
  readonly daysToLiquidate: number;
  readonly expectedCostBps: CostBps;
}

export interface CostBps {
  readonly spread: number;
  readonly fee: number;
  readonly impact: number;
  readonly tax: number;
}

export interface TimingRecommendation {
  readonly urgency: 'LOW' | 'MEDIUM' | 'HIGH';
  readonly startAt: number;
  readonly endAt: number;
  readonly strategy: ExecutionStrategy | 'NONE';
  /** why this one, one sentence; empty where nothing trades */
  readonly strategyReason: string;
  readonly slices: readonly { readonly startAt: number; readonly endAt: number; readonly quantity: number }[];
  readonly expectedCostBps: number;
  readonly costStdBps: number;
  readonly dependsOn: readonly string[];
  /** the ways of working the order that were not chosen; none where there is nothing to choose */
  readonly alternatives: readonly ExecutionAlternative[];
}

export type ExecutionStrategy = 'TWAP' | 'VWAP' | 'POV' | 'ALMGREN_CHRISS';

/** What another way of working an order is expected to cost, of the amount traded. */
export interface ExecutionAlternative {
  readonly strategy: ExecutionStrategy;
  readonly expectedCostBps: number;
  readonly costStdBps: number;
  readonly endAt: number;
}

export type RejectionCode =
  | ScreeningCode
  | 'CONFLICTING_SIGNALS'
  | 'NOT_HELD'
  | 'COST_EXCEEDS_BENEFIT'
  | 'POSITION_LIMIT'
  | 'SECTOR_LIMIT'
  | 'RISK_BUDGET'
  | 'CORRELATION'
  | 'CASH'
  | 'TURNOVER'
  | 'LIQUIDITY'
  | 'TAX'
  | 'BELOW_MINIMUM'
  | 'OVERRIDDEN_BY_REBALANCE'
  /** nothing trades, for the reason among the warnings (status HOLD_ALL) */
  | 'HOLD_ALL';

export interface RejectedSignal {
  readonly signalId: string;
  readonly source: string;
  readonly instrumentId: string;
  readonly code: RejectionCode;
  readonly reason: string;
  /**
   * What the first unit traded would have to earn, split into its exact parts (marginal risk + limits + cost = break
   * even), and what it was expected to earn; basis points over the horizon. Limits carry their price by name, and
   * `rebalance` the pull of a target; cost is spread, fee and tax.
   */
  readonly shortfall?: {
    readonly marginalRiskBps: number;
    readonly limits: Readonly<Record<string, number>>;
    readonly costBps: number;
    readonly breakEvenBps: number;
    readonly alphaBps: number;
  };
  readonly counterfactual?: {
    readonly parameter: string;
    readonly value: number;
    readonly would: { readonly action: Action; readonly quantity: number };
  };
  readonly shadowPrice?: number;
}

export interface LimitReport {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  readonly slack: number;
  readonly shadowPrice: number;
  readonly brokenBefore: boolean;
  /** how far the bound had to be loosened; 0 where it holds */
  readonly relaxedBy: number;
  /** the limits that prevent the cure, where relaxed */
  readonly preventedBy?: readonly string[];
  /** the same problem solved again without this limit, where it is among the dearest: utility gained, and where the value would end */
  readonly without?: { readonly utilityBps: number; readonly value: number };
}

export interface Summary {
  readonly totalSignalsProcessed: number;
  readonly decisionsGenerated: number;
  readonly signalsRejected: number;
  readonly portfolioUtilization: number;
  readonly riskBudgetUsed: number;
  readonly coordinationQuality: number;
  readonly transferCoefficient: number;
  readonly utility: number;
  readonly utilityBound: number;
  readonly turnover: number;
  readonly expectedCostBps: number;
  /** the whole portfolio's risk before and after trading; absent where the caller does not want it */
  readonly impactAssessment?: ImpactAssessment;
}

/** What a coordination did for a rebalance request, what that cost, and what is left. */
export interface RebalanceReport {
  readonly rebalanceId: string;
  /** `OVERDUE` is past its deadline and not done */
  readonly status: 'QUEUED' | 'PARTLY_DONE' | 'DONE' | 'OVERDUE';
  /** volatility of one day of the weights against the targets */
  readonly trackingErrorBefore: number;
  readonly trackingErrorAfter: number;
  readonly trackingErrorRemoved: number;
  /** spread, fee and impact of the trades toward the targets, basis points of NAV */
  readonly costBps: number;
  readonly taxBps: number;
  /** of the distance from the weights before to the targets, 0 to 1 */
  readonly done: number;
  readonly left: readonly { readonly instrumentId: string; readonly weightLeft: number; readonly why: string }[];
  /** of a withdrawal, still to be raised, fraction of NAV */
  readonly cashLeft?: number;
  /** weights between which trading costs more than it brings */
  readonly noTradeBand: readonly { readonly instrumentId: string; readonly lower: number; readonly upper: number }[];
  /** when to do what is left, and what it waits for; absent where nothing is */
  readonly bestTime?: {
    readonly at?: number;
    readonly waitsFor: 'NEXT_COORDINATION' | 'DEADLINE' | 'LONG_TERM_RATE' | 'LIMIT' | 'DRIFT';
  };
}

export interface SignalContribution {
  readonly signalId: string;
  readonly source: string;
  readonly instrumentId: string;
  readonly kappa: number;
  readonly weight: number;
  /** of the instrument's alpha, over the horizon */
  readonly alpha: number;
}
