import type { PortfolioState } from '../coordination/request.js';
import type { CarriedOver, PortfolioEvent, PortfolioStateSet } from './events.js';

/** A portfolio as its stream tells: the state as Portfolio Management set it, with everything that happened since. */
export interface PortfolioAggregate extends CarriedOver {
  /** positions and cash after fills; null until a state was set */
  readonly state: PortfolioState | null;
}

export const NO_PORTFOLIO: PortfolioAggregate = { state: null, orders: [], rebalances: [], closed_rebalances: [] };

/** Positions, cash and what is still in the market; null until a state was set. */
export function currentPortfolio({ state, orders }: PortfolioAggregate): PortfolioState | null {
  if (state === null) return null;
  const { open_orders: _, ...told } = state;
  const open_orders = pendingByInstrument(orders);
  return open_orders.length === 0 ? told : { ...told, open_orders };
}

/** Quantities summed by instrument, ascending by id in code units; what cancels out is left out. */
function pendingByInstrument(orders: CarriedOver['orders']): NonNullable<PortfolioState['open_orders']> {
  const pending = new Map<string, number>();
  for (const { instrument_id, quantity } of orders) {
    pending.set(instrument_id, (pending.get(instrument_id) ?? 0) + quantity);
  }
  return [...pending]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(([, quantity]) => quantity !== 0)
    .map(([instrument_id, quantity]) => ({ instrument_id, quantity }));
}

/** Whether folding a stream may start at this event: it holds everything that stays from before. */
export const startsOver = ({ type, data }: Pick<PortfolioEvent, 'type' | 'data'>): boolean =>
  type === 'portfolio_state_set' && (data as PortfolioStateSet['data']).carried !== undefined;

/** The event that sets a state, with what it leaves as it was. */
export function setPortfolioState(portfolio: PortfolioAggregate, state: PortfolioState): PortfolioStateSet {
  const { orders, rebalances, closed_rebalances } = portfolio;
  const carried = { orders: state.open_orders === undefined ? orders : [], rebalances, closed_rebalances };
  return { type: 'portfolio_state_set', data: { portfolio_id: state.portfolio_id, state, carried } };
}
