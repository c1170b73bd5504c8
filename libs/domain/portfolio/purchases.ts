import type { PortfolioState, RecordedTrade } from '../coordination/request.js';
import type { RecordedEvent } from '../event.js';
import { formatTime, parseTime } from '../time.js';

const DAY_MS = 86_400_000;
/** Either way of a sale: a purchase within it disallows a loss. */
const WASH_SALE_MS = 30 * DAY_MS;

/** An order filled, as `portfolio_filled` records it. */
interface Fill {
  readonly instrument_id: string;
  readonly quantity: number;
  readonly price: number;
  readonly filled_at: string;
}

/** Whether nothing that a portfolio's stream recorded before an event can be within the window around `asOf`. */
export function isBeforeWashSales(event: RecordedEvent, asOf: string): boolean {
  return parseTime(event.recordedAt) < parseTime(asOf) - WASH_SALE_MS;
}

/**
 * What a portfolio bought within the wash-sale window, or has orders to buy: the lots of its newest state, its recorded fills, and what is
 * open now, whether that state or a coordination ordered it.
 *
 * @param newestFirst the events of its stream, as far back as the window goes and the newest state lies
 * @param openOrders signed shares
 * @param concerns whether purchases of an instrument matter
 */
export function purchasesOf(
  portfolioId: string,
  newestFirst: readonly RecordedEvent[],
  openOrders: NonNullable<PortfolioState['open_orders']>,
  asOf: string,
  concerns: (instrumentId: string) => boolean,
): RecordedTrade[] {
  const now = parseTime(asOf);
  const trades: RecordedTrade[] = [];
  const add = (instrument_id: string, quantity: number, traded_at: string, price?: number): void => {
    if (quantity <= 0 || !concerns(instrument_id) || Math.abs(parseTime(traded_at) - now) > WASH_SALE_MS) return;
    trades.push({
      account: portfolioId,
      instrument_id,
      quantity,
      traded_at,
      ...(price === undefined ? {} : { price }),
    });
  };
  const state = newestFirst.find(({ type }) => type === 'portfolio_state_set');
  if (state !== undefined) {
    const { positions } = (state.data as { readonly state: PortfolioState }).state;
    for (const { instrument_id, tax_lots = [] } of positions) {
      for (const lot of tax_lots) add(instrument_id, lot.quantity, lot.acquired_at, lot.cost_basis);
    }
  }
  for (const order of openOrders) add(order.instrument_id, order.quantity, formatTime(now));
  for (const { type, data } of newestFirst as readonly { readonly type: string; readonly data: unknown }[]) {
    if (type !== 'portfolio_filled') continue;
    const { fills } = data as { readonly fills: readonly Fill[] };
    for (const fill of fills) add(fill.instrument_id, fill.quantity, fill.filled_at, fill.price);
  }
  return trades;
}
