import type { PendingOrder } from './events.js';

/** What takes from a pending order: a fill or a release. */
interface Reduction {
  readonly coordination_id: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly quantity: number;
}

/**
 * The orders after what was filled or released of them. It is taken from the decision's own order; where that is not
 * known any more, because Portfolio Management named the open orders since, from those of the instrument that go the
 * same way. No order turns round: what exceeds them was pending in nobody's books.
 */
export function reduceOrders(
  orders: readonly PendingOrder[],
  reductions: readonly Reduction[],
): readonly PendingOrder[] {
  const left = orders.map((order) => ({ ...order }));
  for (const { coordination_id, decision_id, instrument_id, quantity } of reductions) {
    const own = left.find((order) => order.coordination_id === coordination_id && order.decision_id === decision_id);
    const from =
      own === undefined ? left.filter((order) => isUnnamed(order) && order.instrument_id === instrument_id) : [own];
    let rest = quantity;
    for (const order of from) {
      const taken = nearerToZero(order.quantity, rest);
      order.quantity = withoutDust(order.quantity - taken);
      rest -= taken;
    }
  }
  return left.filter(({ quantity }) => quantity !== 0);
}

/** What sums of fractional shares leave where nothing is left. */
const DUST = 1e-9;

export const withoutDust = (shares: number): number => (Math.abs(shares) < DUST ? 0 : shares);

const isUnnamed = ({ decision_id }: PendingOrder): boolean => decision_id === undefined;

/** The smaller of two quantities of the same direction; 0 where they go opposite ways. */
function nearerToZero(a: number, b: number): number {
  if (a * b <= 0) return 0;
  return a > 0 ? Math.min(a, b) : Math.max(a, b);
}
