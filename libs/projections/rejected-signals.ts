import type { RecordedEvent, RejectedSignal } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `rejected_signals`: a row a refused signal, with why. */
export function rejectedSignalRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'coordination_completed')) return [];
  const { data } = event;
  return data.outcome.rejected_signals.map((rejected, index) => ({
    kind: 'UPSERT',
    table: 'rejected_signals',
    row: {
      coordination_id: data.coordination_id,
      ordinal: index + 1,
      timestamp: event.recordedAt,
      signal_id: rejected.signal_id,
      source: rejected.source,
      instrument_id: rejected.instrument_id,
      reason_code: rejected.reason_code,
      reason: rejected.reason,
      detail: detail(rejected),
    },
  }));
}

function detail({ shortfall, counterfactual, shadow_price }: RejectedSignal): object {
  return {
    ...(shortfall === undefined ? {} : { shortfall }),
    ...(counterfactual === undefined ? {} : { counterfactual }),
    ...(shadow_price === undefined ? {} : { shadow_price }),
  };
}
