import { type FieldError, reject, type Rejection } from '../rejection.js';
import { formatTime, parseTime } from '../time.js';
import { unknownDecision } from './decide-fills.js';
import type { ObservedPrice, OrdersCancelled, OrdersExpired, PricesObserved, ReleasedShares } from './events.js';
import {
  type Execution,
  expiresAt,
  lastFillTime,
  latestTime,
  marketLag,
  openOrders,
  openShares,
  type Order,
} from './execution.js';

export interface CancelOrders {
  /** default: every open one */
  readonly decision_ids?: readonly string[];
  readonly reason: string;
  /** default: now */
  readonly cancelled_at?: string;
}

export interface MarketUpdate {
  readonly as_of: string;
  readonly prices: readonly ObservedPrice[];
}

const AHEAD_MS = 5_000;

/** The time of the plan's market by the clock, and not before anything that is known of the execution; epoch milliseconds. */
export const marketTime = (execution: Execution, now: number): number =>
  Math.max(now - marketLag(execution), latestTime(execution));

/**
 * Takes back what is open. What is cancelled or expired already is acknowledged and stays as it is.
 *
 * @param now epoch milliseconds, of the clock
 */
export function decideCancel(
  execution: Execution,
  { decision_ids, reason, cancelled_at }: CancelOrders,
  now: number,
): readonly OrdersCancelled[] | Rejection {
  const errors: FieldError[] = [];
  const named: Order[] = [];
  for (const [i, id] of (decision_ids ?? []).entries()) {
    const order = execution.orders.get(id);
    const pointer = `/decision_ids/${i}`;
    if (order === undefined) errors.push(unknownDecision(execution, id, pointer));
    else if (order.releases.length === 0 && openShares(order) === 0) {
      errors.push({
        pointer,
        message: `${id} is filled: there is nothing to cancel`,
        accepted: 'decisions with open shares',
      });
    } else named.push(order);
  }
  const chosen = decision_ids === undefined ? openOrders(execution) : named.filter((order) => openShares(order) > 0);
  const at = cancelled_at === undefined ? marketTime(execution, now) : parseTime(cancelled_at);
  if (cancelled_at !== undefined) errors.push(...timeErrors(execution, chosen, at, now));
  if (errors.length > 0) return refuse('INVALID_CANCEL', errors);
  if (chosen.length === 0) return [];
  const { coordination_id } = execution;
  const orders = chosen.map(releaseOfRest);
  return [
    {
      type: 'orders_cancelled',
      data: { coordination_id, cancelled_at: cancelled_at ?? formatTime(at), reason, orders },
    },
  ];
}

function timeErrors(execution: Execution, chosen: readonly Order[], at: number, now: number): FieldError[] {
  const lastFill = Math.max(
    execution.asOf,
    ...chosen.map(({ fills }) => parseTime(fills.at(-1)?.filled_at ?? '') || 0),
  );
  if (at >= lastFill && at <= now + AHEAD_MS) return [];
  return [
    {
      pointer: '/cancelled_at',
      message: at < lastFill ? 'is before the decision, or before a fill of what it cancels' : 'lies in the future',
      accepted: `a time from ${formatTime(lastFill)} to ${formatTime(now)}`,
    },
  ];
}

/** What is open when the plan has ended. None where it has not, or nothing is open. @param now epoch milliseconds, of the clock */
export function decideExpiry(execution: Execution, now: number): readonly OrdersExpired[] {
  const open = openOrders(execution);
  if (open.length === 0 || now < expiresAt(execution)) return [];
  const { coordination_id } = execution;
  const expired_at = formatTime(lastFillTime(execution));
  return [{ type: 'orders_expired', data: { coordination_id, expired_at, orders: open.map(releaseOfRest) } }];
}

const releaseOfRest = (order: Order): ReleasedShares => ({
  decision_id: order.decision_id,
  instrument_id: order.instrument_id,
  quantity: order.side * openShares(order),
});

/** None where it was told before. @param now epoch milliseconds, of the clock */
export function decidePrices(
  execution: Execution,
  { as_of, prices }: MarketUpdate,
  now: number,
): readonly PricesObserved[] | Rejection {
  const errors: FieldError[] = [];
  const at = parseTime(as_of);
  if (at < execution.asOf || at > now + AHEAD_MS) {
    const accepted = `a time from ${formatTime(execution.asOf)} to ${formatTime(now)}`;
    errors.push({ pointer: '/as_of', message: 'is before the decision, or in the future', accepted });
  }
  const traded = new Set([...execution.orders.values()].map(({ instrument_id }) => instrument_id));
  prices.forEach(({ instrument_id }, i) => {
    if (traded.has(instrument_id)) return;
    const message = `is traded by no decision of ${execution.coordination_id}: ${JSON.stringify(instrument_id)}`;
    const accepted = `one of ${[...traded].slice(0, 20).join(', ')}`;
    errors.push({ pointer: `/prices/${i}/instrument_id`, message, accepted });
  });
  if (errors.length > 0) return refuse('INVALID_MARKET_UPDATE', errors);
  if (openOrders(execution).length === 0) {
    const message = `Nothing of ${execution.coordination_id} is open: what the market does no longer matters to it.`;
    return reject('INVALID_MARKET_UPDATE', message, []);
  }
  const news = prices.filter(({ instrument_id, price, adv }) => {
    const known = execution.observed.get(instrument_id)?.find((each) => each.at === at);
    return known === undefined || known.price !== price || known.adv !== adv;
  });
  const { coordination_id } = execution;
  return news.length === 0 ? [] : [{ type: 'prices_observed', data: { coordination_id, as_of, prices: news } }];
}

function refuse(code: 'INVALID_CANCEL' | 'INVALID_MARKET_UPDATE', errors: readonly FieldError[]): Rejection {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return reject(code, `${first?.pointer}: ${first?.message}${more}`, errors);
}
