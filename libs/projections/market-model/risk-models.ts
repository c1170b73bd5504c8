import type { RecordedEvent } from '#domain';
import { isOfType } from '../event-of-type.js';
import type { RowChange } from '../row-change.js';

/** `risk_models`: every published model with the report of its build, without its content. */
export function riskModelRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'risk_model_published')) return [];
  const { model, report } = event.data;
  return [
    {
      kind: 'UPSERT',
      table: 'risk_models',
      row: {
        version: event.version,
        position: event.position,
        timestamp: event.recordedAt,
        model_id: model.model_id,
        as_of: model.as_of,
        regime: model.regime,
        instruments: model.instruments.length,
        report: report ?? null,
      },
    },
  ];
}
