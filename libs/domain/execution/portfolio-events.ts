import type { PortfolioFill, PortfolioFilled, OrdersReleased } from '../portfolio/events.js';
import type { ExecutionEvent, RecordedFill, ReleasedShares } from './events.js';
import type { Execution, Order } from './execution.js';

/**
 * What an event of an execution does to the stored portfolio that it is of; nothing where the portfolio is the caller's own.
 *
 * @param execution before the event
 */
export function portfolioEventsOf(execution: Execution, event: ExecutionEvent): (PortfolioFilled | OrdersReleased)[] {
  if (execution.started === null || !execution.started.stored) return [];
  const { portfolio_id } = execution.started;
  const { coordination_id } = execution;
  const released = (
    orders: readonly ReleasedShares[],
    reason: OrdersReleased['data']['orders'][number]['reason'],
  ): OrdersReleased[] => {
    if (orders.length === 0) return [];
    const parts = orders.map(({ decision_id, instrument_id, quantity }) => ({
      decision_id,
      instrument_id,
      quantity,
      reason,
    }));
    return [{ type: 'orders_released', data: { portfolio_id, coordination_id, orders: parts } }];
  };
  switch (event.type) {
    case 'fills_recorded': {
      const fills = withLots(execution, event.data.fills);
      return [{ type: 'portfolio_filled', data: { portfolio_id, coordination_id, fills } }];
    }
    case 'orders_cancelled':
      return released(event.data.orders, 'CANCELLED');
    case 'orders_expired':
      return released(event.data.orders, 'EXPIRED');
    case 'execution_replanned':
      return released(event.data.released, 'REPLANNED');
    default:
      return [];
  }
}

function withLots({ orders }: Execution, fills: readonly RecordedFill[]): PortfolioFill[] {
  const sold = new Map<string, number>();
  return fills.map(({ fill_id, decision_id, instrument_id, quantity, price, costs, filled_at }) => {
    const order = orders.get(decision_id);
    const before = sold.get(decision_id) ?? order?.filled ?? 0;
    sold.set(decision_id, before + Math.abs(quantity));
    const lots = order === undefined ? [] : lotsBetween(order, before, before + Math.abs(quantity));
    const fill = { fill_id, decision_id, instrument_id, quantity, price, filled_at };
    return { ...fill, ...(costs === undefined ? {} : { costs }), ...(lots.length > 0 ? { lots } : {}) };
  });
}

/** Of the lots that the decision sells, in its order, those of the shares from `from` to `to`. */
function lotsBetween({ lots }: Order, from: number, to: number): NonNullable<PortfolioFill['lots']> {
  let end = 0;
  return lots.flatMap(({ lot_id, quantity }) => {
    const start = end;
    end += quantity;
    const taken = Math.min(end, to) - Math.max(start, from);
    return taken > 0 ? [{ lot_id, quantity: taken }] : [];
  });
}
