import type { Mandate } from '../optimisation/mandate.js';
import { type OrderPlan, scheduleOrders } from './schedule.js';
import { type Sequence, sequenceTrades } from './sequence.js';
import { sessionOf } from './session.js';

/** How a set of trades is executed (model, section 8). */
export interface ExecutionPlan extends Pick<Sequence, 'order' | 'unsafe'> {
  /** by instrument */
  readonly plans: ReadonlyMap<number, OrderPlan>;
}

/**
 * @param trades signed shares, length n
 * @param losses utility lost if the trade were dropped, length n
 */
export function planExecution(mandate: Mandate, trades: Float64Array, losses: Float64Array): ExecutionPlan {
  const sequence = sequenceTrades(mandate, trades, losses);
  const plans = scheduleOrders(mandate, trades, sequence, sessionOf(mandate.input));
  return { order: sequence.order, unsafe: sequence.unsafe, plans };
}

/** One sentence for each order that may break a limit on the way. */
export function unsafeWarnings({ universe }: Mandate, { unsafe }: ExecutionPlan): string[] {
  return unsafe.map(
    ({ instrument, limit }) =>
      `No order of the trades keeps the ${limit} limit throughout: while ${universe.ids[instrument]!} fills it may be passed, and is kept again when all have filled.`,
  );
}
