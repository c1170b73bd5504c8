import type { RecordedEvent } from '#domain';
import { isOfType } from '../event-of-type.js';
import type { RowChange } from '../row-change.js';

/** `market_model_current`: the newest published model, without its return history. */
export function marketModelRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'risk_model_published')) return [];
  const { model_id, as_of, regime, instruments, factor_model } = event.data.model;
  return [
    {
      kind: 'UPSERT',
      table: 'market_model_current',
      row: {
        singleton: true,
        position: event.position,
        timestamp: event.recordedAt,
        model_id,
        as_of,
        regime,
        instruments,
        factor_model,
      },
    },
  ];
}
