import type { PortfolioPosition, PortfolioState } from '#domain';
import type { DemoMarket } from './market.js';
import { DEMO_SEED } from './market.js';
import { Random } from './random.js';

export const DEMO_PORTFOLIO_ID = 'demo';

const POSITIONS = 70;
/** money at the last close, about */
const NAV = 50_000_000;
const CASH_WEIGHT = 0.04;
/** trading days before the last on which the two tax lots of every position were bought */
const FIRST_PURCHASE = 420;
const SECOND_PURCHASE = 120;

/**
 * A book that was near its targets once and drifted with the market since: 70 positions bought on two days, some lots
 * at a gain and some at a loss, about four per cent in cash, and a winner that has grown past the usual 5 % limit.
 */
export function demoPortfolio(market: DemoMarket, seed = DEMO_SEED): PortfolioState {
  const random = new Random(seed, 5);
  const { bars } = market;
  const n = bars.instruments.length;
  const last = bars.days.length - 1;
  const closeAt = (t: number, i: number): number => bars.close[t * n + i] as number;

  const held = random.shuffled(bars.instruments.map((_, i) => i)).slice(0, POSITIONS);
  const drifted = held.map((i, rank) => {
    const target = rank === 0 ? 5 : 0.35 + 1.3 * random.uniform();
    return target * (closeAt(last, i) / closeAt(last - FIRST_PURCHASE, i));
  });
  const total = drifted.reduce((sum, weight) => sum + weight, 0);
  const positions = held.map((i, rank): PortfolioPosition => {
    const instrument = market.instruments[i];
    const lot = instrument?.lot_size ?? 1;
    const notional = ((drifted[rank] as number) / total) * (1 - CASH_WEIGHT) * NAV;
    const lots = Math.max(2, Math.round(notional / closeAt(last, i) / lot));
    const first = Math.max(1, Math.floor(lots * (0.4 + 0.4 * random.uniform())));
    const taxLot = (name: string, quantity: number, ago: number) => ({
      lot_id: `${bars.instruments[i] as string}-${name}`,
      quantity,
      cost_basis: closeAt(last - ago, i),
      acquired_at: `${bars.days[last - ago] as string}T20:00:00.000Z`,
    });
    return {
      instrument_id: bars.instruments[i] as string,
      quantity: lots * lot,
      price: closeAt(last, i),
      ...(instrument?.sector === undefined ? {} : { sector: instrument.sector }),
      tax_lots: [
        taxLot('1', first * lot, FIRST_PURCHASE),
        ...(lots > first ? [taxLot('2', (lots - first) * lot, SECOND_PURCHASE)] : []),
      ],
    };
  });
  positions.sort((a, b) => (a.instrument_id < b.instrument_id ? -1 : 1));
  return {
    portfolio_id: DEMO_PORTFOLIO_ID,
    as_of: `${bars.days[last] as string}T20:00:00.000Z`,
    currency: 'USD',
    cash: CASH_WEIGHT * NAV,
    positions,
  };
}
