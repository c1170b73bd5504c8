import type { PortfolioState } from '#domain';
import type { BarMatrix, Instrument } from '../bars.js';

const MAX_POSITIONS = 80;
const HELD_SHARE = 0.4;
const CASH_WEIGHT = 0.05;
/** trading days since the positions were bought, all at the same weight */
const BOUGHT_DAYS_AGO = 120;

/**
 * A plausible book for an experiment: every few instruments of the list held since 120 days ago, at equal weights then
 * and at whatever the market made of them now, and five per cent of cash. Whole lots. Deterministic, no look-ahead.
 *
 * @param nav money; reached up to what whole lots leave over, which stays in cash
 */
export function driftedPortfolio(
  bars: BarMatrix,
  instruments: readonly Instrument[],
  portfolioId: string,
  asOf: string,
  nav: number,
): PortfolioState {
  const n = bars.instruments.length;
  const last = bars.days.length - 1;
  const bought = Math.max(0, last - BOUGHT_DAYS_AGO);
  const facts = new Map(instruments.map((instrument) => [instrument.instrument_id, instrument]));
  const close = (t: number, i: number): number => bars.close[t * n + i] as number;

  const count = Math.max(1, Math.min(MAX_POSITIONS, Math.floor(n * HELD_SHARE)));
  const held = Array.from({ length: count }, (_, j) => Math.floor((j * n) / count));
  const growth = held.map((i) => {
    const ratio = close(last, i) / close(bought, i);
    return Number.isNaN(ratio) ? 1 : ratio;
  });
  const total = growth.reduce((sum, ratio) => sum + ratio, 0);
  let cash = nav;
  const positions = held.flatMap((i, j) => {
    const id = bars.instruments[i] as string;
    const { lot_size: lot = 1, sector } = facts.get(id) ?? { instrument_id: id };
    const notional = ((growth[j] as number) / total) * (1 - CASH_WEIGHT) * nav;
    const price = close(last, i);
    const quantity = Math.floor(notional / price / lot) * lot;
    if (quantity === 0) return [];
    cash -= quantity * price;
    return [{ instrument_id: id, quantity, price, ...(sector === undefined ? {} : { sector }) }];
  });
  return { portfolio_id: portfolioId, as_of: asOf, currency: 'USD', cash: Math.round(cash * 100) / 100, positions };
}
