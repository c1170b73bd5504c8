import type { CoordinatedTradingDecision, CoordinationCompleted } from '#domain';
import type { RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `coordination_metadata` of a decision's row: the rest of the decision, and what its coordination was about. */
export interface DecisionMetadata {
  readonly portfolio_id: string;
  readonly config_name?: string;
  readonly config_version?: string;
  /** sources of the accepted signals on the decision's instrument, ascending */
  readonly sources: readonly string[];
  readonly priority: number;
  readonly coordination_reasoning: readonly string[];
  readonly risk_assessment: CoordinatedTradingDecision['risk_assessment'];
  readonly timing_recommendation: CoordinatedTradingDecision['timing_recommendation'];
  readonly lots?: NonNullable<CoordinatedTradingDecision['lots']>;
}

/** `coordination_decisions_ts`: a row a decision, at the time of its event. */
export function decisionRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'coordination_completed')) return [];
  const { data } = event;
  const sources = sourcesByInstrument(data);
  return data.outcome.decisions.map((decision) => ({
    kind: 'UPSERT',
    table: 'coordination_decisions_ts',
    row: {
      timestamp: event.recordedAt,
      coordination_id: data.coordination_id,
      decision_id: decision.decision_id,
      instrument_id: decision.instrument_id,
      action: decision.action,
      quantity: decision.quantity,
      confidence: decision.confidence,
      portfolio_impact: decision.portfolio_impact,
      coordination_metadata: metadata(data, decision, sources.get(decision.instrument_id) ?? []),
    },
  }));
}

function metadata(
  data: CoordinationCompleted['data'],
  decision: CoordinatedTradingDecision,
  sources: readonly string[],
): DecisionMetadata {
  const { config_version } = data.outcome;
  return {
    portfolio_id: data.portfolio_id,
    ...(data.config_name === undefined ? {} : { config_name: data.config_name }),
    ...(config_version === undefined ? {} : { config_version }),
    sources,
    priority: decision.priority,
    coordination_reasoning: decision.coordination_reasoning,
    risk_assessment: decision.risk_assessment,
    timing_recommendation: decision.timing_recommendation,
    ...(decision.lots === undefined ? {} : { lots: decision.lots }),
  };
}

function sourcesByInstrument(data: CoordinationCompleted['data']): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, Set<string>>();
  for (const { instrument_id, source } of data.contributions) {
    const set = sets.get(instrument_id) ?? new Set<string>();
    sets.set(instrument_id, set.add(source));
  }
  return new Map([...sets].map(([instrument, set]) => [instrument, [...set].sort()]));
}
