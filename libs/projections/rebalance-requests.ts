import type { RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `rebalance_requests`: what was queued for each portfolio, and how far it is done. */
export function rebalanceRequestRows(event: RecordedEvent): readonly RowChange[] {
  const written = { position: event.position, timestamp: event.recordedAt };
  if (isOfType(event, 'rebalance_requested')) {
    const { portfolio_id, request } = event.data;
    const row = {
      portfolio_id,
      rebalance_id: request.rebalance_id,
      ...written,
      requested_at: event.recordedAt,
      deadline: request.deadline ?? null,
      status: 'QUEUED',
      request,
      progress: null,
      coordination_id: null,
    };
    return [{ kind: 'UPSERT', table: 'rebalance_requests', row }];
  }
  if (isOfType(event, 'rebalance_cancelled')) {
    const row = { ...event.data, ...written, status: 'CANCELLED' };
    return [{ kind: 'UPDATE', table: 'rebalance_requests', row }];
  }
  if (!isOfType(event, 'coordination_applied')) return [];
  const { portfolio_id, coordination_id, rebalances } = event.data;
  return rebalances.map((progress) => {
    const { rebalance_id, status } = progress;
    const row = { portfolio_id, rebalance_id, ...written, status, progress, coordination_id };
    return { kind: 'UPDATE', table: 'rebalance_requests', row };
  });
}
