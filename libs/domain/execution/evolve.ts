import { parseTime } from '../time.js';
import type {
  ExecutionEvent,
  ExecutionReplanned,
  ExecutionStarted,
  PricesObserved,
  RecordedFill,
  ReleasedShares,
} from './events.js';
import type { Execution, Observation, Order, Release } from './execution.js';

/** evolve(state, event) -> state */
export const evolveExecution = (execution: Execution, event: ExecutionEvent): Execution => ({
  ...evolve(execution, event),
  version: execution.version + 1,
});

function evolve(execution: Execution, event: ExecutionEvent): Execution {
  switch (event.type) {
    case 'execution_started':
      return started(execution, event.data);
    case 'fills_recorded':
      return { ...execution, orders: withFills(execution.orders, event.data.fills) };
    case 'prices_observed':
      return { ...execution, observed: withPrices(execution.observed, event.data) };
    case 'orders_cancelled': {
      const { orders, cancelled_at, reason } = event.data;
      return release(execution, orders, { reason: 'CANCELLED', at: parseTime(cancelled_at), why: reason });
    }
    case 'orders_expired': {
      const { orders, expired_at } = event.data;
      return release(execution, orders, { reason: 'EXPIRED', at: parseTime(expired_at), why: 'The plan has ended.' });
    }
    case 'execution_replanned':
      return replanned(execution, event.data);
    case 'execution_finished':
      return { ...execution, finished: event.data };
  }
}

function started(execution: Execution, data: ExecutionStarted['data']): Execution {
  const { portfolio_id, stored_portfolio, currency } = data;
  const facts = new Map(data.orders.map((order) => [order.decision_id, order]));
  const orders = mapOrders(execution.orders, (order) => {
    const known = facts.get(order.decision_id);
    if (known === undefined) return order;
    const { decision_price, volatility, half_spread, adv } = known;
    const plan = { ...order.plan, price: decision_price, adv: adv ?? null };
    return {
      ...order,
      plan,
      facts: { decision_price, volatility, half_spread, ...(adv === undefined ? {} : { adv }) },
    };
  });
  return { ...execution, orders, started: { portfolio_id, stored: stored_portfolio, currency: currency ?? null } };
}

/** Fills lie in the order in which they were executed, so that the order in which they were reported leaves no trace. */
function withFills(orders: Execution['orders'], fills: readonly RecordedFill[]): Execution['orders'] {
  const added = new Map<string, RecordedFill[]>();
  for (const fill of fills) {
    const list = added.get(fill.decision_id) ?? [];
    list.push(fill);
    added.set(fill.decision_id, list);
  }
  return mapOrders(orders, (order) => {
    const more = added.get(order.decision_id);
    if (more === undefined) return order;
    const all = [...order.fills];
    for (const fill of more) all.splice(placeOf(fill, all), 0, fill);
    return { ...order, fills: all, filled: all.reduce((sum, { quantity }) => sum + Math.abs(quantity), 0) };
  });
}

/** Where it belongs among fills that are in order; most are the newest. */
function placeOf(fill: RecordedFill, fills: readonly RecordedFill[]): number {
  let [from, to] = [0, fills.length];
  if (to > 0 && byExecution(fills[to - 1]!, fill) < 0) return to;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (byExecution(fills[middle]!, fill) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function byExecution(a: RecordedFill, b: RecordedFill): number {
  const difference = parseTime(a.filled_at) - parseTime(b.filled_at);
  if (difference !== 0) return difference;
  return a.fill_id < b.fill_id ? -1 : 1;
}

function withPrices(observed: Execution['observed'], { as_of, prices }: PricesObserved['data']): Execution['observed'] {
  const at = parseTime(as_of);
  const after = new Map(observed);
  for (const { instrument_id, price, adv } of prices) {
    const told: Observation = { at, price, ...(adv === undefined ? {} : { adv }) };
    // one told later of the same time replaces what was said of it
    const others = (after.get(instrument_id) ?? []).filter((each) => each.at !== at);
    after.set(
      instrument_id,
      [...others, told].sort((a, b) => a.at - b.at),
    );
  }
  return after;
}

function release(execution: Execution, released: readonly ReleasedShares[], how: Omit<Release, 'quantity'>): Execution {
  const quantities = new Map(released.map(({ decision_id, quantity }) => [decision_id, Math.abs(quantity)]));
  const orders = mapOrders(execution.orders, (order) => {
    const quantity = quantities.get(order.decision_id);
    return quantity === undefined ? order : { ...order, releases: [...order.releases, { ...how, quantity }] };
  });
  return { ...execution, orders };
}

function replanned(execution: Execution, data: ExecutionReplanned['data']): Execution {
  const plans = new Map(data.plans.map((plan) => [plan.decision_id, plan]));
  const orders = mapOrders(execution.orders, (order) => {
    const plan = plans.get(order.decision_id);
    if (plan === undefined) return order;
    const { timing_recommendation: timing, price, adv } = plan;
    return { ...order, plan: { timing, filledBefore: order.filled, price, adv: adv ?? null } };
  });
  let after: Execution = { ...execution, orders, replans: [...execution.replans, data] };
  for (const cut of data.released) {
    const why = `It no longer fits under the limits: ${cut.limit}.`;
    after = release(after, [cut], { reason: 'REPLANNED', at: parseTime(data.as_of), why });
  }
  return after;
}

function mapOrders(orders: Execution['orders'], change: (order: Order) => Order): Execution['orders'] {
  return new Map([...orders].map(([id, order]) => [id, change(order)]));
}
