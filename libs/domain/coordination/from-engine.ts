import type {
  CoordinationResult,
  Decision,
  LimitReport as EngineLimit,
  RebalanceReport as EngineRebalance,
  LotToSell as EngineLot,
  RejectedSignal as EngineRejection,
} from '#engine';
import { toImpactAssessment } from '../impact/portfolio-risk.js';
import { formatTime } from '../time.js';
import type { RecordedContribution } from './events.js';
import type {
  CoordinatedTradingDecision,
  CoordinationOutcome,
  CoordinationSummary,
  LimitReport,
  RebalanceReport,
  LotToSell,
  RejectedSignal,
  RiskAssessment,
  TimingRecommendation,
} from './response.js';

/** From the engine's names and times to the wire's. */
export function toOutcome(
  result: CoordinationResult,
  asOf: string,
  configVersion: string | undefined,
): CoordinationOutcome {
  return {
    status: result.status,
    decisions: result.decisions.map(toDecision),
    coordination_summary: toSummary(result.summary),
    rejected_signals: result.rejectedSignals.map(toRejectedSignal),
    limits: result.limits.map(toLimit),
    ...(result.rebalances.length === 0 ? {} : { rebalances: result.rebalances.map(toRebalance) }),
    optimality_gap_bps: result.optimalityGapBps,
    ...(configVersion === undefined ? {} : { config_version: configVersion }),
    risk_model: result.riskModel,
    as_of: asOf,
    warnings: result.warnings,
  };
}

export function toContributions(result: CoordinationResult): readonly RecordedContribution[] {
  return result.contributions.map((c) => ({
    signal_id: c.signalId,
    source: c.source,
    instrument_id: c.instrumentId,
    kappa: c.kappa,
    weight: c.weight,
    alpha: c.alpha,
  }));
}

function toDecision(d: Decision): CoordinatedTradingDecision {
  return {
    decision_id: d.decisionId,
    instrument_id: d.instrumentId,
    action: d.action,
    quantity: d.quantity,
    priority: d.priority,
    confidence: d.confidence,
    coordination_reasoning: d.reasoning,
    portfolio_impact: {
      position_change: d.impact.positionChange,
      weight_change: d.impact.weightChange,
      risk_contribution_change: d.impact.riskContributionChange,
      correlation_impact: d.impact.correlationImpact,
      diversification_effect: d.impact.diversificationEffect,
    },
    risk_assessment: toRiskAssessment(d),
    timing_recommendation: toTimingRecommendation(d.timing),
    ...(d.lots === undefined ? {} : { lots: d.lots.map(toLotToSell) }),
  };
}

export function toLotToSell({ lotId, quantity, term, gain, tax, lossDisallowed }: EngineLot): LotToSell {
  return {
    lot_id: lotId,
    quantity,
    term,
    gain,
    tax,
    ...(lossDisallowed === undefined ? {} : { loss_disallowed: lossDisallowed }),
  };
}

function toRiskAssessment({ risk: r }: Decision): RiskAssessment {
  return {
    volatility_before: r.volatilityBefore,
    volatility_after: r.volatilityAfter,
    var_95_before: r.var95Before,
    var_95_after: r.var95After,
    cvar_95_before: r.cvar95Before,
    cvar_95_after: r.cvar95After,
    marginal_var: r.marginalVar,
    ...(r.historicalVar95 === undefined ? {} : { historical_var_95: r.historicalVar95 }),
    ...(r.worstDays === undefined ? {} : { worst_days: r.worstDays }),
    ...(r.stress === undefined ? {} : { stress: r.stress }),
    days_to_liquidate: r.daysToLiquidate,
    expected_cost_bps: r.expectedCostBps,
  };
}

/** The plan of one order, as a decision carries it and as it is planned again. */
export function toTimingRecommendation(t: Decision['timing']): TimingRecommendation {
  return {
    urgency: t.urgency,
    start_at: formatTime(t.startAt),
    end_at: formatTime(t.endAt),
    strategy: t.strategy,
    slices: t.slices.map((s) => ({
      start_at: formatTime(s.startAt),
      end_at: formatTime(s.endAt),
      quantity: s.quantity,
    })),
    expected_cost_bps: t.expectedCostBps,
    cost_std_bps: t.costStdBps,
    depends_on: t.dependsOn,
    ...(t.strategyReason === '' ? {} : { strategy_reason: t.strategyReason }),
    ...(t.alternatives.length === 0
      ? {}
      : {
          alternatives: t.alternatives.map((a) => ({
            strategy: a.strategy,
            expected_cost_bps: a.expectedCostBps,
            cost_std_bps: a.costStdBps,
            end_at: formatTime(a.endAt),
          })),
        }),
  };
}

function toRebalance(r: EngineRebalance): RebalanceReport {
  const { bestTime: best } = r;
  return {
    rebalance_id: r.rebalanceId,
    status: r.status,
    tracking_error_before: r.trackingErrorBefore,
    tracking_error_after: r.trackingErrorAfter,
    tracking_error_removed: r.trackingErrorRemoved,
    cost_bps: r.costBps,
    tax_bps: r.taxBps,
    done: r.done,
    left: r.left.map(({ instrumentId, weightLeft, why }) => ({
      instrument_id: instrumentId,
      weight_left: weightLeft,
      why,
    })),
    ...(r.cashLeft === undefined ? {} : { cash_left: r.cashLeft }),
    no_trade_band: r.noTradeBand.map(({ instrumentId, ...band }) => ({ instrument_id: instrumentId, ...band })),
    ...(best === undefined
      ? {}
      : { best_time: { ...(best.at === undefined ? {} : { at: formatTime(best.at) }), waits_for: best.waitsFor } }),
  };
}

function toRejectedSignal(r: EngineRejection): RejectedSignal {
  return {
    signal_id: r.signalId,
    source: r.source,
    instrument_id: r.instrumentId,
    reason_code: r.code,
    reason: r.reason,
    ...(r.shortfall === undefined
      ? {}
      : {
          shortfall: {
            marginal_risk_bps: r.shortfall.marginalRiskBps,
            limits: r.shortfall.limits,
            cost_bps: r.shortfall.costBps,
            break_even_bps: r.shortfall.breakEvenBps,
            alpha_bps: r.shortfall.alphaBps,
          },
        }),
    ...(r.counterfactual === undefined ? {} : { counterfactual: r.counterfactual }),
    ...(r.shadowPrice === undefined ? {} : { shadow_price: r.shadowPrice }),
  };
}

function toLimit(l: EngineLimit): LimitReport {
  return {
    name: l.name,
    value: l.value,
    bound: l.bound,
    slack: l.slack,
    shadow_price: l.shadowPrice,
    broken_before: l.brokenBefore,
    relaxed_by: l.relaxedBy,
    ...(l.preventedBy === undefined ? {} : { prevented_by: l.preventedBy }),
    ...(l.without === undefined ? {} : { without: { utility_bps: l.without.utilityBps, value: l.without.value } }),
  };
}

function toSummary(s: CoordinationResult['summary']): CoordinationSummary {
  return {
    total_signals_processed: s.totalSignalsProcessed,
    decisions_generated: s.decisionsGenerated,
    signals_rejected: s.signalsRejected,
    portfolio_utilization: s.portfolioUtilization,
    risk_budget_used: s.riskBudgetUsed,
    coordination_quality: s.coordinationQuality,
    transfer_coefficient: s.transferCoefficient,
    utility: s.utility,
    utility_bound: s.utilityBound,
    turnover: s.turnover,
    expected_cost_bps: s.expectedCostBps,
    ...(s.impactAssessment === undefined ? {} : { impact_assessment: toImpactAssessment(s.impactAssessment) }),
  };
}
