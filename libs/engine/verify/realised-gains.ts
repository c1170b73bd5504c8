import type { CoordinationInput, TaxLot } from '../input.js';
import type { Universe } from '../universe.js';

/** Part of a tax lot that a portfolio says it sells. */
export interface ClaimedLot {
  readonly lotId: string;
  /** shares */
  readonly quantity: number;
}

/** What the lots that a portfolio says it sells come to, and why they may not be sold as it says. */
export interface RealisedGains {
  /** net, fraction of NAV */
  readonly shortTerm: number;
  readonly longTerm: number;
  readonly refusals: readonly string[];
}

const DAY = 24 * 3600 * 1000;
const YEAR_DAYS = 365;
const WASH_DAYS = 30;
/** Shares, relative to a lot or a trade, that rounding explains. */
const TOLERANCE = 1e-9;

/**
 * Adds up what the named lots realise, from the inputs alone. The order of the sale is checked by what it left behind:
 * no lot may be sold while one that goes before it by the method is not sold out.
 *
 * @param lotsSold the lots that the trade of instrument i sells
 */
export function realisedGains(
  input: CoordinationInput,
  universe: Universe,
  trades: Float64Array,
  lotsSold: (i: number) => readonly ClaimedLot[],
): RealisedGains {
  const refusals: string[] = [];
  const sums = { shortTerm: 0, longTerm: 0 };
  for (let i = 0; i < universe.n; i += 1) {
    const lots = universe.taxLots[i]!;
    if (!(trades[i]! < 0)) continue;
    const claimed = lotsSold(i);
    const refusal = lotRefusal(input, universe, i, -trades[i]!, claimed);
    if (refusal !== null) refusals.push(`${universe.ids[i]!} ${refusal}`);
    const disallowed = buysAround(input, universe.ids[i]!);
    for (const { lotId, quantity } of claimed) {
      const lot = lots.find((each) => each.lotId === lotId);
      if (lot === undefined) continue;
      const gain = (quantity * (universe.price[i]! - lot.costBasis)) / universe.nav;
      if (gain < 0 && disallowed) continue;
      if (isLong(lot, input.asOf)) sums.longTerm += gain;
      else sums.shortTerm += gain;
    }
  }
  return { ...sums, refusals };
}

const isLong = (lot: TaxLot, asOf: number): boolean => asOf - lot.acquiredAt > YEAR_DAYS * DAY;

/** Whether anything that is known buys the instrument within the window around now. */
function buysAround({ asOf, portfolio, tax }: CoordinationInput, id: string): boolean {
  const isNear = (time: number): boolean => Math.abs(time - asOf) <= WASH_DAYS * DAY;
  return (
    portfolio.openOrders.some((order) => order.instrumentId === id && order.quantity > 0) ||
    portfolio.positions.some(
      (position) => position.instrumentId === id && (position.taxLots ?? []).some((lot) => isNear(lot.acquiredAt)),
    ) ||
    (tax?.recordedTrades ?? []).some(
      (trade) => trade.instrumentId === id && trade.quantity > 0 && isNear(trade.tradedAt),
    )
  );
}

function lotRefusal(
  input: CoordinationInput,
  universe: Universe,
  i: number,
  sale: number,
  claimed: readonly ClaimedLot[],
): string | null {
  const lots = universe.taxLots[i]!;
  const named = namedLots(input, universe.ids[i]!);
  const sold = new Map<string, number>();
  for (const { lotId, quantity } of claimed) sold.set(lotId, (sold.get(lotId) ?? 0) + quantity);
  let total = 0;
  for (const [lotId, quantity] of sold) {
    const lot = lots.find((each) => each.lotId === lotId);
    if (lot === undefined) return `sells the lot ${lotId}, which it does not have`;
    if (!(quantity <= lot.quantity * (1 + TOLERANCE)))
      return `sells ${quantity} of the lot ${lotId} of ${lot.quantity}`;
    if (named !== undefined && !named.includes(lotId)) return `sells the lot ${lotId}, which is not named`;
    total += quantity;
  }
  if (total > sale * (1 + TOLERANCE)) return `sells ${sale}, the lots it names are ${total}`;
  if (named !== undefined && total < sale * (1 - TOLERANCE)) return `sells ${sale}, of named lots ${total}`;
  const held = lots.reduce((sum, lot) => sum + lot.quantity, 0);
  if (held > 0 && universe.quantity[i]! <= held && total < Math.min(sale, universe.quantity[i]!) * (1 - TOLERANCE)) {
    return `sells ${sale}, but names lots of ${total}`;
  }
  return held === universe.quantity[i]! ? orderRefusal(input, lots, sold, universe.price[i]!, universe.ids[i]!) : null;
}

function namedLots({ parameters, tax }: CoordinationInput, id: string): readonly string[] | undefined {
  if (parameters.tax.lotMethod !== 'SPECIFIC') return undefined;
  return tax?.lotsToSell.find(({ instrumentId }) => instrumentId === id)?.lotIds;
}

/** Where no open order takes some of the lots: none is sold while an earlier one by the method is not sold out. */
function orderRefusal(
  input: CoordinationInput,
  lots: readonly TaxLot[],
  sold: ReadonlyMap<string, number>,
  price: number,
  id: string,
): string | null {
  if (namedLots(input, id) !== undefined) return null;
  const method = input.parameters.tax.lotMethod ?? 'LEAST_TAX';
  const rank = (lot: TaxLot): number => {
    if (method === 'FIFO') return lot.acquiredAt;
    if (method === 'HIFO') return -lot.costBasis;
    const { shortTermRate, longTermRate } = input.parameters.tax;
    return Math.max(0, price - lot.costBasis) * (isLong(lot, input.asOf) ? longTermRate : shortTermRate);
  };
  let [lastSold, firstKept] = [-Infinity, Infinity];
  for (const lot of lots) {
    const quantity = sold.get(lot.lotId) ?? 0;
    if (quantity > 0) lastSold = Math.max(lastSold, rank(lot));
    if (quantity < lot.quantity * (1 - TOLERANCE)) firstKept = Math.min(firstKept, rank(lot));
  }
  // the rank of losses by least tax depends on whether they count: they only have to go before gains
  const slack = method === 'LEAST_TAX' || method === 'SPECIFIC' ? TOLERANCE * price : 0;
  return lastSold > firstKept + slack ? `does not sell its lots by ${method}` : null;
}
