import type { RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `coordination_performance_ts`: what one coordination adds to the minute of its event. */
export function performanceRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'coordination_completed')) return [];
  const summary = event.data.outcome.coordination_summary;
  return [
    {
      kind: 'ACCUMULATE',
      table: 'coordination_performance_ts',
      row: {
        timestamp: startOfMinute(event.recordedAt),
        coordinations: 1,
        decisions: summary.decisions_generated,
        signals_processed: summary.total_signals_processed,
        signals_rejected: summary.signals_rejected,
        coordination_quality: summary.coordination_quality,
        processing_time_ms: event.metadata.processing_time_ms ?? 0,
        portfolio_utilization: summary.portfolio_utilization,
        risk_budget_utilization: summary.risk_budget_used,
      },
    },
  ];
}

/** Event times are RFC 3339 in UTC: the minute is a prefix of the text. */
function startOfMinute(time: string): string {
  return `${time.slice(0, 'YYYY-MM-DDTHH:MM'.length)}:00.000Z`;
}
