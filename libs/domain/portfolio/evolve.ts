import type { ClosedRebalance, CoordinationApplied, PendingOrder, PortfolioEvent, QueuedRebalance } from './events.js';
import { applyFills } from './fills.js';
import { reduceOrders } from './orders.js';
import type { PortfolioAggregate } from './portfolio.js';

/** Ids that may not be used again, and that a cancellation finds finished; older ones are forgotten. */
const CLOSED_KEPT = 200;

/** evolve(state, event) -> state */
export function evolvePortfolio(portfolio: PortfolioAggregate, event: PortfolioEvent): PortfolioAggregate {
  switch (event.type) {
    case 'portfolio_state_set': {
      const { state, carried } = event.data;
      const { orders, ...rest } = { ...portfolio, ...carried };
      return { ...rest, state, orders: state.open_orders ?? orders };
    }
    case 'rebalance_requested':
      return { ...portfolio, rebalances: [...portfolio.rebalances, { request: event.data.request }] };
    case 'rebalance_cancelled': {
      const { rebalance_id } = event.data;
      return close(portfolio, [{ rebalance_id, status: 'CANCELLED' }]);
    }
    case 'coordination_applied':
      return applied(portfolio, event.data);
    case 'portfolio_filled':
      return applyFills(portfolio, event.data);
    case 'orders_released': {
      const { coordination_id, orders } = event.data;
      const released = orders.map((order) => ({ coordination_id, ...order }));
      return { ...portfolio, orders: reduceOrders(portfolio.orders, released) };
    }
  }
}

function applied(portfolio: PortfolioAggregate, data: CoordinationApplied['data']): PortfolioAggregate {
  const { coordination_id, rebalances } = data;
  const orders = data.orders.map((order): PendingOrder => ({ coordination_id, ...order }));
  const progress = new Map(rebalances.map((each) => [each.rebalance_id, each]));
  const after = portfolio.rebalances.map((queued): QueuedRebalance => {
    const now = progress.get(queued.request.rebalance_id);
    return now === undefined ? queued : { ...queued, progress: now };
  });
  const done = after.filter(({ progress: now }) => now?.status === 'DONE');
  return close(
    { ...portfolio, orders: [...portfolio.orders, ...orders], rebalances: after },
    done.map(({ request }) => ({ rebalance_id: request.rebalance_id, status: 'DONE' })),
  );
}

function close(portfolio: PortfolioAggregate, closed: readonly ClosedRebalance[]): PortfolioAggregate {
  if (closed.length === 0) return portfolio;
  const ids = new Set(closed.map(({ rebalance_id }) => rebalance_id));
  return {
    ...portfolio,
    rebalances: portfolio.rebalances.filter(({ request }) => !ids.has(request.rebalance_id)),
    closed_rebalances: [...portfolio.closed_rebalances, ...closed].slice(-CLOSED_KEPT),
  };
}
