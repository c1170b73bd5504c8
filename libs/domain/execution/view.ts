import type { TimingRecommendation } from '../coordination/response.js';
import { formatTime } from '../time.js';
import type {
  ExecutionReplanned,
  ExecutionStatus,
  OrderShortfallSplit,
  RecordedFill,
  ShortfallSplit,
} from './events.js';
import {
  type Execution,
  expiresAt,
  openOrders,
  openShares,
  type Order,
  type Release,
  releasedShares,
} from './execution.js';
import { arrivalPrice, finalStatus, isFilled, shortfallOf } from './finish.js';

/** An execution as it is shown: the plan, how far it is, and what it has cost. */
export interface ExecutionView {
  readonly coordination_id: string;
  /** of the execution's stream; 0 until something happened to the plan */
  readonly version: number;
  /** absent until something happened to the plan */
  readonly portfolio_id?: string;
  readonly status: ExecutionStatus;
  readonly as_of: string;
  /** what is open then expires */
  readonly expires_at: string;
  readonly orders: readonly OrderView[];
  readonly total: ExecutionTotal;
  readonly replans: readonly ReplanView[];
  /** where nothing is open any more; until then, absent */
  readonly shortfall?: ShortfallSplit;
  /** by decision, in the order in which they were executed; only where they were asked for */
  readonly fills?: readonly RecordedFill[];
}

export interface OrderView {
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly action: 'BUY' | 'SELL';
  readonly status: ExecutionStatus;
  /** shares, as decided */
  readonly quantity: number;
  readonly filled_quantity: number;
  readonly open_quantity: number;
  readonly released_quantity: number;
  readonly releases: readonly {
    readonly quantity: number;
    readonly reason: Release['reason'];
    readonly at: string;
    readonly why: string;
  }[];
  /** fills reported */
  readonly fills: number;
  /** money a share; absent until the execution has started */
  readonly decision_price?: number;
  /** the three absent until something filled */
  readonly arrival_price?: number;
  readonly vwap?: number;
  /** what was paid above the decision price, or received below it */
  readonly slippage_bps?: number;
  /** against the arrival price */
  readonly arrival_slippage_bps?: number;
  /** money */
  readonly costs: number;
  /** of what is open, as planned last */
  readonly plan: TimingRecommendation;
  readonly shortfall?: OrderShortfallSplit;
}

export interface ExecutionTotal {
  /** money, of the decided amounts at the decision prices; 0 until the execution has started */
  readonly decided_notional: number;
  readonly filled_notional: number;
  /** filled part of the decided amounts, 0 to 1 */
  readonly progress: number;
  readonly costs: number;
  /** of what was filled, against the decision prices; absent until something filled */
  readonly slippage_bps?: number;
}

export interface ReplanView {
  readonly as_of: string;
  readonly reason: ExecutionReplanned['data']['reason'];
  readonly explanation: string;
  readonly released: ExecutionReplanned['data']['released'];
}

/** What is answered to what is told of an execution. */
export interface ExecutionAnswer {
  /** fills recorded now */
  readonly accepted: number;
  /** fills that were known: nothing changed */
  readonly duplicates: readonly string[];
  /** where the rest was planned again */
  readonly replanned?: ReplanView;
  /** sentences: what could not be done at once and is tried again with the next report */
  readonly warnings: readonly string[];
  /** `orders` are those that the request was about; all of them where the plan changed or nothing is open any more */
  readonly execution: ExecutionView;
}

const BASIS_POINTS = 1e4;

/** @param now epoch milliseconds, of the clock: a plan that has ended shows as expired, before anybody recorded it */
export function describeExecution(execution: Execution, now: number, withFills = false): ExecutionView {
  const ended = now >= expiresAt(execution);
  const closed = openOrders(execution).length === 0;
  const shortfall = closed && execution.started !== null ? shortfallOf(execution) : null;
  const byDecision = new Map((shortfall?.orders ?? []).map((each) => [each.decision_id, each]));
  const orders = [...execution.orders.values()].map((order) =>
    describeOrder(execution, order, ended, byDecision.get(order.decision_id)),
  );
  return {
    coordination_id: execution.coordination_id,
    version: execution.version,
    ...(execution.started === null ? {} : { portfolio_id: execution.started.portfolio_id }),
    status: statusOf(execution, ended),
    as_of: formatTime(execution.asOf),
    expires_at: formatTime(expiresAt(execution)),
    orders,
    total: totalOf(execution),
    replans: execution.replans.map(({ as_of, reason, explanation, released }) => ({
      as_of,
      reason,
      explanation,
      released,
    })),
    ...(shortfall === null ? {} : { shortfall: shortfall.total }),
    ...(withFills ? { fills: [...execution.orders.values()].flatMap((order) => order.fills) } : {}),
  };
}

function statusOf(execution: Execution, ended: boolean): ExecutionStatus {
  if (openOrders(execution).length === 0) return finalStatus(execution);
  if (ended) return 'EXPIRED';
  return [...execution.orders.values()].some(isTouched) ? 'WORKING' : 'PLANNED';
}

const isTouched = ({ fills, releases }: Order): boolean => fills.length > 0 || releases.length > 0;

function orderStatus(order: Order, ended: boolean): ExecutionStatus {
  if (isFilled(order)) return 'DONE';
  if (openShares(order) === 0)
    return order.releases.some(({ reason }) => reason === 'EXPIRED') ? 'EXPIRED' : 'CANCELLED';
  if (ended) return 'EXPIRED';
  return isTouched(order) ? 'WORKING' : 'PLANNED';
}

function describeOrder(
  execution: Execution,
  order: Order,
  ended: boolean,
  shortfall: OrderShortfallSplit | undefined,
): OrderView {
  const { facts, fills, filled } = order;
  const vwap = filled > 0 ? notionalOf(fills) / filled : null;
  const arrival = arrivalPrice(execution, order);
  return {
    decision_id: order.decision_id,
    instrument_id: order.instrument_id,
    action: order.side > 0 ? 'BUY' : 'SELL',
    status: orderStatus(order, ended),
    quantity: order.quantity,
    filled_quantity: filled,
    open_quantity: openShares(order),
    released_quantity: releasedShares(order),
    releases: order.releases.map(({ quantity, reason, at, why }) => ({ quantity, reason, at: formatTime(at), why })),
    fills: fills.length,
    ...(facts === null ? {} : { decision_price: facts.decision_price }),
    ...(arrival === null ? {} : { arrival_price: arrival }),
    ...(vwap === null ? {} : { vwap }),
    ...(vwap === null || facts === null ? {} : { slippage_bps: slippage(order, vwap, facts.decision_price) }),
    ...(vwap === null || arrival === null ? {} : { arrival_slippage_bps: slippage(order, vwap, arrival) }),
    costs: costsOf(fills),
    plan: order.plan.timing,
    ...(shortfall === undefined ? {} : { shortfall }),
  };
}

const slippage = ({ side }: Order, paid: number, against: number): number =>
  (BASIS_POINTS * side * (paid - against)) / against;

const notionalOf = (fills: readonly RecordedFill[]): number =>
  fills.reduce((sum, { quantity, price }) => sum + Math.abs(quantity) * price, 0);

const costsOf = (fills: readonly RecordedFill[]): number => fills.reduce((sum, { costs }) => sum + (costs ?? 0), 0);

function totalOf({ orders }: Execution): ExecutionTotal {
  let [decided, filled, atDecision, lost, costs] = [0, 0, 0, 0, 0];
  for (const { quantity, side, facts, fills, filled: shares } of orders.values()) {
    const price = facts?.decision_price ?? 0;
    const notional = notionalOf(fills);
    decided += quantity * price;
    filled += notional;
    atDecision += shares * price;
    lost += side * (notional - shares * price);
    costs += costsOf(fills);
  }
  return {
    decided_notional: decided,
    filled_notional: filled,
    progress: decided > 0 ? Math.min(1, atDecision / decided) : 0,
    costs,
    ...(atDecision > 0 ? { slippage_bps: (BASIS_POINTS * lost) / atDecision } : {}),
  };
}
