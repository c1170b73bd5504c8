import type { RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `portfolio_states`: the newest state of each portfolio. */
export function portfolioStateRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'portfolio_state_set')) return [];
  const { portfolio_id, state } = event.data;
  return [
    {
      kind: 'UPSERT',
      table: 'portfolio_states',
      row: { portfolio_id, position: event.position, timestamp: event.recordedAt, as_of: state.as_of, state },
    },
  ];
}
