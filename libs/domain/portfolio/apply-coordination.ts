import type { CoordinationCompleted, CoordinationRequested } from '../coordination/events.js';
import type { CoordinationApplied } from './events.js';
import type { PortfolioAggregate } from './portfolio.js';

/** What a coordination of a stored portfolio does to it: its orders are pending from now on, and its queue is so far done. */
export function coordinationApplied(
  { rebalances: queue }: Pick<PortfolioAggregate, 'rebalances'>,
  [, completed]: readonly [CoordinationRequested, CoordinationCompleted],
): CoordinationApplied {
  const { coordination_id, portfolio_id, outcome } = completed.data;
  const orders = outcome.decisions.flatMap(({ decision_id, instrument_id, action, quantity }) =>
    action === 'HOLD' || quantity === 0
      ? []
      : [{ decision_id, instrument_id, quantity: action === 'BUY' ? quantity : -quantity }],
  );
  const queued = new Set(queue.map(({ request }) => request.rebalance_id));
  const rebalances = (outcome.rebalances ?? [])
    .filter(({ rebalance_id }) => queued.has(rebalance_id))
    .map(({ rebalance_id, status, done, left }) => ({ rebalance_id, status, done, left }));
  return { type: 'coordination_applied', data: { portfolio_id, coordination_id, orders, rebalances } };
}
