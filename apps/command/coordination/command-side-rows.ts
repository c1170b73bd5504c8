import type { CoordinationResponse } from '#domain';
import type { CommandSideRows } from '#event-store';

/** The rows of the command side's own tables for one coordination. */
export function commandSideRows(response: CoordinationResponse): CommandSideRows {
  const { coordination_id, coordination_summary: summary } = response;
  return {
    session: {
      coordination_id,
      signals_processed: summary.total_signals_processed,
      decisions_generated: summary.decisions_generated,
      coordination_quality: summary.coordination_quality,
      processing_time_ms: response.processing_time_ms,
    },
    decisions: response.decisions.map((decision) => ({
      coordination_id,
      decision_id: decision.decision_id,
      instrument_id: decision.instrument_id,
      action: decision.action,
      quantity: decision.quantity,
      priority: decision.priority,
      confidence: decision.confidence,
      reasoning: decision.coordination_reasoning,
      portfolio_impact: decision.portfolio_impact,
    })),
  };
}
