import type { RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `executions`: from the first thing that happens to a plan to its end. */
export function executionRows(event: RecordedEvent): readonly RowChange[] {
  if (isOfType(event, 'execution_started')) {
    const { coordination_id, portfolio_id, stored_portfolio, currency, orders } = event.data;
    const row = {
      coordination_id,
      position: event.position,
      timestamp: event.recordedAt,
      portfolio_id,
      stored_portfolio,
      currency: currency ?? null,
      status: 'WORKING',
      orders,
      shortfall: null,
      finished_at: null,
    };
    return [{ kind: 'UPSERT', table: 'executions', row }];
  }
  if (isOfType(event, 'execution_finished')) {
    const { coordination_id, status, shortfall } = event.data;
    const row = { coordination_id, status, shortfall, finished_at: event.recordedAt };
    return [{ kind: 'UPDATE', table: 'executions', row }];
  }
  return [];
}

/** `execution_fills`: a row a fill. */
export function executionFillRows(event: RecordedEvent): readonly RowChange[] {
  if (!isOfType(event, 'fills_recorded')) return [];
  const { coordination_id, fills } = event.data;
  return fills.map(({ costs, currency, venue, ...fill }, i) => ({
    kind: 'UPSERT',
    table: 'execution_fills',
    row: {
      ...fill,
      coordination_id,
      version: event.version,
      ordinal: i + 1,
      timestamp: event.recordedAt,
      costs: costs ?? null,
      currency: currency ?? null,
      venue: venue ?? null,
    },
  }));
}

/** `execution_changes`: whatever else happened to a plan, as it was recorded. */
export function executionChangeRows(event: RecordedEvent): readonly RowChange[] {
  if (
    !isOfType(event, 'prices_observed') &&
    !isOfType(event, 'execution_replanned') &&
    !isOfType(event, 'orders_cancelled') &&
    !isOfType(event, 'orders_expired') &&
    !isOfType(event, 'execution_finished')
  ) {
    return [];
  }
  const { coordination_id } = event.data;
  const { version, type, data, recordedAt: timestamp } = event;
  return [{ kind: 'UPSERT', table: 'execution_changes', row: { coordination_id, version, timestamp, type, data } }];
}
