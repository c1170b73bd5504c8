import type { CoordinationCompleted, CoordinationResponse, RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `coordinations`: the answer of each coordination, for GET /coordination/{id}. */
export function coordinationRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'coordination_completed')) return [];
  const { data } = event;
  return [
    {
      kind: 'UPSERT',
      table: 'coordinations',
      row: {
        coordination_id: data.coordination_id,
        position: event.position,
        timestamp: event.recordedAt,
        portfolio_id: data.portfolio_id,
        config_name: data.config_name ?? null,
        status: data.outcome.status,
        document: coordinationResponse(event),
      },
    },
  ];
}

/** The document its caller was answered with; the time is what the write side measured, 0 where it measured none. */
function coordinationResponse(event: RecordedEvent<CoordinationCompleted>): CoordinationResponse {
  return {
    coordination_id: event.data.coordination_id,
    ...event.data.outcome,
    processing_time_ms: event.metadata.processing_time_ms ?? 0,
  };
}
