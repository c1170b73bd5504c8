import type { CoordinationRequest, MarketData, PortfolioState, TradingSignal } from '#domain';

const IDS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF'];

export const sampleMarket = (): MarketData => ({
  instruments: IDS.map((instrument_id, i) => ({
    instrument_id,
    price: 50 + 10 * i,
    sector: i % 2 === 0 ? 'Even' : 'Odd',
    volatility: 0.015 + 0.001 * i,
    adv: 1e6,
    half_spread: 0.0002,
  })),
  factor_model: {
    instruments: IDS,
    loadings: IDS.map((_, i) => [0.01, 0.002 * (i % 3)]),
    factor_covariance: [
      [1, 0],
      [0, 1],
    ],
    specific_variance: IDS.map(() => 1e-4),
  },
});

export const samplePortfolio = (): PortfolioState => ({
  portfolio_id: 'main',
  as_of: '2025-06-20T20:00:00Z',
  cash: 800_000,
  positions: [
    { instrument_id: 'AAA', quantity: 800, price: 50 },
    { instrument_id: 'BBB', quantity: 500, price: 60 },
  ],
});

export const sampleSignal = (n: number, over: Partial<TradingSignal> = {}): TradingSignal => ({
  signal_id: `s${n}`,
  source: `source-${n % 5}`,
  instrument_id: IDS[n % IDS.length] ?? 'AAA',
  action: n % 4 === 0 ? 'SELL' : 'BUY',
  strength: 0.9,
  confidence: 0.9,
  generated_at: '2025-06-21T09:30:00Z',
  ...over,
});

/** Six instruments, two of them held, and a handful of signals. */
export const sampleRequest = (over: Partial<CoordinationRequest> = {}): CoordinationRequest => ({
  as_of: '2025-06-21T10:00:00Z',
  signals: [0, 1, 2, 3].map((n) => sampleSignal(n)),
  portfolio_state: samplePortfolio(),
  market_data: sampleMarket(),
  ...over,
});
