import type { CoordinationParameters, PortfolioState, TradingSignal } from '#domain';
import { DEMO_SEED, type DemoMarket, demoMarket } from './market.js';
import { demoPortfolio } from './portfolio.js';
import { demoSignals } from './signals.js';

/** Everything that a first start shows: a market, a drifted book, a hundred signals on its last day, and the parameters. */
export interface Demonstration {
  readonly market: DemoMarket;
  readonly portfolio: PortfolioState;
  readonly signals: readonly TradingSignal[];
  readonly parameters: CoordinationParameters;
  /** the close of the market's last day */
  readonly as_of: string;
}

/** Deterministic in the seed; takes about a third of a second. */
export function demonstration(seed = DEMO_SEED): Demonstration {
  const market = demoMarket(seed);
  const portfolio = demoPortfolio(market, seed);
  const held = new Set(portfolio.positions.map((position) => position.instrument_id));
  return {
    market,
    portfolio,
    signals: demoSignals(market, market.bars.days.length - 1, held, seed),
    // nobody places orders for a few hundred dollars
    parameters: { coordination_mode: 'BALANCED', min_trade_notional: 20_000 },
    as_of: portfolio.as_of,
  };
}
