import { type ExecutedOrder, implementationShortfall, type OrderShortfall, type ShortfallParts } from '#engine';
import { canonicalJson } from '../canonical-json.js';
import { parseTime } from '../time.js';
import type { ExecutionFinished, FinalStatus, ImplementationShortfall, ShortfallSplit } from './events.js';
import { withoutDust, type Execution, latestPrice, openOrders, type Order } from './execution.js';

/**
 * The end of the execution, where nothing is open any more and this was not said of these fills yet.
 */
export function finishExecution(execution: Execution): readonly ExecutionFinished[] {
  const { started, finished, coordination_id } = execution;
  if (started === null || execution.orders.size === 0 || openOrders(execution).length > 0) return [];
  const status = finalStatus(execution);
  const shortfall = shortfallOf(execution);
  if (finished?.status === status && canonicalJson(finished.shortfall) === canonicalJson(shortfall)) return [];
  const { portfolio_id } = started;
  return [{ type: 'execution_finished', data: { coordination_id, portfolio_id, status, shortfall } }];
}

export function finalStatus({ orders }: Execution): FinalStatus {
  const all = [...orders.values()];
  if (all.every(isFilled)) return 'DONE';
  return all.some((order) => !isFilled(order) && order.releases.some(({ reason }) => reason === 'EXPIRED'))
    ? 'EXPIRED'
    : 'CANCELLED';
}

export const isFilled = ({ quantity, filled }: Order): boolean => withoutDust(quantity - filled) <= 0;

/** Perold's, as of what is known now: what is open counts as not filled, at the last price. */
export function shortfallOf(execution: Execution): ImplementationShortfall {
  const { orders, total } = implementationShortfall([...execution.orders.values()].map((o) => executed(execution, o)));
  return { orders: orders.map((each) => ({ decision_id: each.decisionId, ...split(each) })), total: split(total) };
}

function split({ totalBps, ...parts }: (ShortfallParts & { totalBps: number }) | OrderShortfall): ShortfallSplit {
  const { spread, impact, delay, opportunity, fees, total } = parts;
  return { spread, impact, delay, opportunity, fees, total, total_bps: totalBps };
}

function executed(execution: Execution, order: Order): ExecutedOrder {
  const decisionPrice = order.facts?.decision_price ?? 0;
  return {
    decisionId: order.decision_id,
    quantity: order.side * order.quantity,
    decisionPrice,
    arrivalPrice: arrivalPrice(execution, order) ?? decisionPrice,
    lastPrice: latestPrice(execution, order.instrument_id)?.price ?? decisionPrice,
    halfSpread: order.facts?.half_spread ?? 0,
    fills: order.fills.map(({ quantity, price, costs }) => ({
      quantity: Math.abs(quantity),
      price,
      costs: costs ?? 0,
    })),
  };
}

/**
 * The price when the order reached the market: the last that was told of until its first fill, else that of the decision.
 * Null until something filled, or where the execution has not started.
 */
export function arrivalPrice({ observed }: Execution, order: Order): number | null {
  const [first] = order.fills;
  if (first === undefined || order.facts === null) return null;
  const at = parseTime(first.filled_at);
  const before = (observed.get(order.instrument_id) ?? []).filter((told) => told.at <= at);
  return before.at(-1)?.price ?? order.facts.decision_price;
}
