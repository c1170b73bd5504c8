import type { CoordinationCompleted, CoordinationOutcome, CoordinatedTradingDecision, RecordedEvent } from '#domain';

/** What other services hear of a coordination. Its form is older than this service and does not change with it. */
export interface CoordinationCompletedMessage {
  readonly event_id: string;
  readonly timestamp: string;
  readonly coordination_completed: {
    readonly coordination_id: string;
    readonly decisions: readonly DecisionMessage[];
    readonly coordination_summary: SummaryMessage;
  };
}

interface DecisionMessage {
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly action: 'buy' | 'sell' | 'hold';
  readonly quantity: number;
  readonly priority: number;
  readonly confidence: number;
  readonly coordination_reasoning: readonly string[];
  readonly portfolio_impact: Omit<CoordinatedTradingDecision['portfolio_impact'], 'diversification_effect'>;
}

type SummaryMessage = Pick<
  CoordinationOutcome['coordination_summary'],
  | 'total_signals_processed'
  | 'decisions_generated'
  | 'signals_rejected'
  | 'portfolio_utilization'
  | 'risk_budget_used'
  | 'coordination_quality'
>;

const ACTIONS = { BUY: 'buy', SELL: 'sell', HOLD: 'hold' } as const;

export function toCoordinationCompletedMessage(
  event: RecordedEvent<CoordinationCompleted>,
): CoordinationCompletedMessage {
  const { coordination_id, outcome } = event.data;
  const summary = outcome.coordination_summary;
  return {
    event_id: event.id,
    timestamp: new Date(event.recordedAt).toISOString(),
    coordination_completed: {
      coordination_id,
      decisions: outcome.decisions.map(toDecisionMessage),
      coordination_summary: {
        total_signals_processed: summary.total_signals_processed,
        decisions_generated: summary.decisions_generated,
        signals_rejected: summary.signals_rejected,
        portfolio_utilization: summary.portfolio_utilization,
        risk_budget_used: summary.risk_budget_used,
        coordination_quality: summary.coordination_quality,
      },
    },
  };
}

function toDecisionMessage(decision: CoordinatedTradingDecision): DecisionMessage {
  const { position_change, weight_change, risk_contribution_change, correlation_impact } = decision.portfolio_impact;
  return {
    decision_id: decision.decision_id,
    instrument_id: decision.instrument_id,
    action: ACTIONS[decision.action],
    // whole shares: only the sale of a fractional holding has more, and never more than decided is announced
    quantity: Math.floor(decision.quantity),
    priority: decision.priority,
    confidence: decision.confidence,
    coordination_reasoning: decision.coordination_reasoning,
    portfolio_impact: { position_change, weight_change, risk_contribution_change, correlation_impact },
  };
}
