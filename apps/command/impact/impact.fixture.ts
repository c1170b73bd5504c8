import type { ImpactRequest, MarketModel } from '#domain';
import { canonicalHash } from '#platform';
import { sampleMarket, samplePortfolio } from '../e2e/sample-request.js';

export const DAYS = 100;
export const dates = Array.from({ length: DAYS }, (_, t) =>
  new Date(Date.UTC(2025, 0, 1 + t)).toISOString().slice(0, 10),
);
/** a return of one instrument on one day, somewhere within 2 % either way */
export const returnOn = (t: number, i: number): number => ((t * 37 + i * 101 + t * i * 13) % 401) / 10_000 - 0.02;

/** the sample's market with a hundred days of the past */
export function modelWithHistory(): MarketModel {
  const { instruments, factor_model } = sampleMarket();
  if (factor_model === undefined) throw new Error('the sample has a factor model');
  const ids = instruments.map(({ instrument_id }) => instrument_id);
  const values = dates.map((_, t) => ids.map((__, i) => returnOn(t, i)));
  const content = {
    as_of: '2025-04-10',
    instruments,
    factor_model,
    regime: 'NORMAL' as const,
    history: { dates, instruments: ids, values },
  };
  return { model_id: canonicalHash(content), ...content };
}

export const impactRequest = (over: Partial<ImpactRequest> = {}): ImpactRequest => ({
  portfolio_state: samplePortfolio(),
  as_of: '2025-06-21T10:00:00Z',
  trades: [
    { instrument_id: 'AAA', action: 'SELL', quantity: 300 },
    { instrument_id: 'CCC', action: 'BUY', quantity: 400 },
  ],
  ...over,
});
