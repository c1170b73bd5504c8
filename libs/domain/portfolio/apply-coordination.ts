import type { CoordinationCompleted } from '../coordination/events.js';
import type { CoordinationApplied } from './events.js';

/** What a coordination of a stored portfolio does to it: its orders are pending from now on. */
export function coordinationApplied({
  coordination_id,
  portfolio_id,
  outcome,
}: CoordinationCompleted['data']): CoordinationApplied {
  const orders = outcome.decisions.flatMap(({ decision_id, instrument_id, action, quantity }) =>
    action === 'HOLD' || quantity === 0
      ? []
      : [{ decision_id, instrument_id, quantity: action === 'BUY' ? quantity : -quantity }],
  );
  return { type: 'coordination_applied', data: { portfolio_id, coordination_id, orders, rebalances: [] } };
}
