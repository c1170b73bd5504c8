import type { PortfolioPosition, PortfolioState } from '../coordination/request.js';
import { parseTime } from '../time.js';
import type { PortfolioFill, PortfolioFilled } from './events.js';
import { reduceOrders, withoutDust } from './orders.js';
import type { PortfolioAggregate } from './portfolio.js';

type TaxLot = NonNullable<PortfolioPosition['tax_lots']>[number];

/**
 * Positions, tax lots and cash after fills, and the orders less what was filled of them. A fill from before the time at
 * which Portfolio Management told the state is in that state already: it only settles its order.
 */
export function applyFills(
  portfolio: PortfolioAggregate,
  { coordination_id, fills }: PortfolioFilled['data'],
): PortfolioAggregate {
  const orders = reduceOrders(
    portfolio.orders,
    fills.map((fill) => ({ coordination_id, ...fill })),
  );
  const { state } = portfolio;
  if (state === null) return { ...portfolio, orders };
  const toldAt = parseTime(state.as_of);
  const later = fills.filter((fill) => parseTime(fill.filled_at) > toldAt);
  return { ...portfolio, orders, state: stateAfter(state, later) };
}

function stateAfter(state: PortfolioState, fills: readonly PortfolioFill[]): PortfolioState {
  if (fills.length === 0) return state;
  const positions = new Map(state.positions.map((position) => [position.instrument_id, position]));
  let { cash } = state;
  for (const fill of fills) {
    cash -= fill.quantity * fill.price + (fill.costs ?? 0);
    const held = positions.get(fill.instrument_id) ?? { instrument_id: fill.instrument_id, quantity: 0 };
    const after = positionAfter(held, fill);
    if (after.quantity === 0) positions.delete(fill.instrument_id);
    else positions.set(fill.instrument_id, after);
  }
  return { ...state, cash, positions: [...positions.values()] };
}

/** Its price and sector stay as they were told. */
function positionAfter(held: PortfolioPosition, fill: PortfolioFill): PortfolioPosition {
  const { tax_lots, ...position } = held;
  const quantity = withoutDust(held.quantity + fill.quantity);
  const lots = lotsAfter(tax_lots ?? (held.quantity === 0 ? [] : undefined), fill, quantity);
  return { ...position, quantity, ...(lots === undefined || lots.length === 0 ? {} : { tax_lots: lots }) };
}

/**
 * A purchase is a lot of its own, at what it cost; a sale takes the lots it names, then the oldest. Undefined where the
 * lots of what was held are not known: some of them would look like all of them.
 */
function lotsAfter(
  lots: readonly TaxLot[] | undefined,
  fill: PortfolioFill,
  quantity: number,
): readonly TaxLot[] | undefined {
  if (lots === undefined || quantity <= 0) return undefined;
  if (fill.quantity < 0) return lotsAfterSale(lots, fill);
  const bought = Math.min(fill.quantity, quantity);
  const cost_basis = Math.max(0, fill.price + (fill.costs ?? 0) / fill.quantity);
  return [...lots, { lot_id: fill.fill_id, quantity: bought, cost_basis, acquired_at: fill.filled_at }];
}

function lotsAfterSale(lots: readonly TaxLot[], fill: PortfolioFill): readonly TaxLot[] {
  const named = new Map((fill.lots ?? []).map((lot) => [lot.lot_id, lot.quantity]));
  let sold = -fill.quantity;
  const take = (lot: TaxLot, atMost: number): TaxLot => {
    const taken = Math.min(lot.quantity, sold, atMost);
    sold -= taken;
    return { ...lot, quantity: withoutDust(lot.quantity - taken) };
  };
  const afterNamed = lots.map((lot) => take(lot, named.get(lot.lot_id) ?? 0));
  const byAge = [...afterNamed].sort((a, b) => parseTime(a.acquired_at) - parseTime(b.acquired_at));
  const after = new Map(byAge.map((lot) => [lot.lot_id, take(lot, Infinity)]));
  return afterNamed.map((lot) => after.get(lot.lot_id) ?? lot).filter((lot) => lot.quantity > 0);
}
