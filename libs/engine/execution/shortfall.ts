/** An order as decided, and what became of it. */
export interface ExecutedOrder {
  readonly decisionId: string;
  /** signed shares, as decided */
  readonly quantity: number;
  /** money a share, all of them: when it was decided, when the order reached the market, and last seen */
  readonly decisionPrice: number;
  readonly arrivalPrice: number;
  readonly lastPrice: number;
  /** fraction of the price */
  readonly halfSpread: number;
  readonly fills: readonly ExecutedFill[];
}

export interface ExecutedFill {
  /** shares, positive */
  readonly quantity: number;
  /** money a share */
  readonly price: number;
  /** money, beside the price; negative is a rebate */
  readonly costs: number;
}

/** Money lost against the paper portfolio; negative is a gain. The parts add up to the total exactly, in any order. */
export interface ShortfallParts {
  /** half the spread at arrival, of what was filled */
  readonly spread: number;
  /** the price paid beyond arrival and spread */
  readonly impact: number;
  /** the move between decision and arrival, of what was filled */
  readonly delay: number;
  /** the move since the decision, of what was not filled */
  readonly opportunity: number;
  readonly fees: number;
  readonly total: number;
}

export interface OrderShortfall extends ShortfallParts {
  readonly decisionId: string;
  /** of the decided amount at the decision price */
  readonly totalBps: number;
}

export interface Shortfall {
  readonly orders: readonly OrderShortfall[];
  readonly total: ShortfallParts & { readonly totalBps: number };
}

type Part = Exclude<keyof ShortfallParts, 'total'>;
const PARTS: readonly Part[] = ['spread', 'impact', 'delay', 'opportunity', 'fees'];
const BASIS_POINTS = 1e4;

/**
 * Implementation shortfall (Perold, The implementation shortfall: paper versus reality, 1988): the value of the paper
 * portfolio, which trades everything decided at the decision price and for nothing, less that of the real one. For an order
 * of Q shares in direction s, of which x_k fill at p_k, X together, with P_d, P_a, P_n the prices at decision, at arrival and last seen:
 *
 *     s sum x_k (p_k - P_d) + s (Q - X) (P_n - P_d) + fees
 *       = X h P_a  [spread]  +  s sum x_k (p_k - P_a) - X h P_a  [impact]  +  s X (P_a - P_d)  [delay]
 *         + s (Q - X) (P_n - P_d)  [opportunity]  +  fees
 *
 * Every part is rounded to a common grid, 2^-46 of the amounts in question: sums of such numbers have no rounding errors,
 * so that parts, orders and totals add up to the last bit whichever way they are added.
 */
export function implementationShortfall(orders: readonly ExecutedOrder[]): Shortfall {
  const parts = orders.map(partsOf);
  const grid = gridFor(orders);
  const exact = parts.map((each) => withTotal(each, grid));
  const perOrder = exact.map((each, i): OrderShortfall => {
    const { decisionId, quantity, decisionPrice } = orders[i]!;
    return { decisionId, ...each, totalBps: bps(each.total, Math.abs(quantity) * decisionPrice) };
  });
  const decided = orders.reduce((sum, { quantity, decisionPrice }) => sum + Math.abs(quantity) * decisionPrice, 0);
  const sums = sumOf(exact);
  return { orders: perOrder, total: { ...sums, totalBps: bps(sums.total, decided) } };
}

const bps = (money: number, of: number): number => (of > 0 ? (BASIS_POINTS * money) / of : 0);

function partsOf(order: ExecutedOrder): Record<Part, number> {
  const { quantity, decisionPrice, arrivalPrice, lastPrice, halfSpread, fills } = order;
  const side = quantity < 0 ? -1 : 1;
  let [filled, beyondArrival, fees] = [0, 0, 0];
  for (const fill of fills) {
    filled += fill.quantity;
    beyondArrival += fill.quantity * (fill.price - arrivalPrice);
    fees += fill.costs;
  }
  const spread = filled * halfSpread * arrivalPrice;
  return {
    spread,
    impact: side * beyondArrival - spread,
    delay: side * filled * (arrivalPrice - decisionPrice),
    opportunity: side * (Math.abs(quantity) - filled) * (lastPrice - decisionPrice),
    fees,
  };
}

/** A power of two so small that it rounds nothing away, so large that no sum of the parts needs more than 53 bits of it. */
function gridFor(orders: readonly ExecutedOrder[]): number {
  let bound = 1e-300;
  for (const { quantity, decisionPrice, arrivalPrice, lastPrice, fills } of orders) {
    bound += Math.abs(quantity) * (decisionPrice + arrivalPrice + lastPrice);
    for (const fill of fills) bound += fill.quantity * (fill.price + arrivalPrice) + Math.abs(fill.costs);
  }
  let power = 1;
  while (power < bound) power *= 2;
  while (power / 2 >= bound) power /= 2;
  return power * GRID;
}

/** 2^-46 */
const GRID = 1 / 70_368_744_177_664;

function withTotal(parts: Readonly<Record<Part, number>>, grid: number): ShortfallParts {
  const exact = { spread: 0, impact: 0, delay: 0, opportunity: 0, fees: 0 };
  // + 0: a part that is -0 is none
  for (const part of PARTS) exact[part] = Math.round(parts[part] / grid) * grid + 0;
  return { ...exact, total: PARTS.reduce((sum, part) => sum + exact[part], 0) };
}

function sumOf(orders: readonly ShortfallParts[]): ShortfallParts {
  const sums = { spread: 0, impact: 0, delay: 0, opportunity: 0, fees: 0, total: 0 };
  for (const order of orders) {
    for (const part of PARTS) sums[part] += order[part];
    sums.total += order.total;
  }
  return sums;
}
