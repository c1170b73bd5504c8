import type { RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/**
 * `portfolio_changes`: what happens to a stored portfolio between the states that are told of it, and the orders that stay
 * when one is told.
 */
export function portfolioChangeRows(event: RecordedEvent): readonly RowChange[] {
  if (isOfType(event, 'portfolio_state_set')) {
    const { portfolio_id, carried } = event.data;
    const orders = carried?.orders ?? [];
    return orders.length === 0 ? [] : [change(event, portfolio_id, { orders })];
  }
  if (
    !isOfType(event, 'coordination_applied') &&
    !isOfType(event, 'portfolio_filled') &&
    !isOfType(event, 'orders_released')
  ) {
    return [];
  }
  return [change(event, event.data.portfolio_id, event.data)];
}

function change({ version, position, recordedAt, type }: RecordedEvent, portfolio_id: string, data: object): RowChange {
  const row = { portfolio_id, version, position, timestamp: recordedAt, type, data };
  return { kind: 'UPSERT', table: 'portfolio_changes', row };
}
