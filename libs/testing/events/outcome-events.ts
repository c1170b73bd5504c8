import type { MeasuredOutcomes, OutcomesCorrected, OutcomesMeasured, RecordedEvent } from '#domain';
import { recorded, type Recording } from './recorded-events.js';

/** What came of a purchase of 100 AAPL on a signal of `momentum`, and of a refused signal of `reversal`. */
export function sampleOutcomes(coordinationId = 'coord_20250621_001'): MeasuredOutcomes {
  const outcome = {
    status: 'MEASURED',
    entry_at: '2025-06-23T20:00:00.000Z',
    exit_at: '2025-06-30T20:00:00.000Z',
    entry_price: 200,
    exit_price: 204,
    realised_return: 0.02,
    benchmark_return: 0.005,
    realised_alpha: 0.015,
    alpha_error: 0.005,
    hit: true,
    late_days: 0,
  } as const;
  const gone = { status: 'UNMEASURABLE', reason: 'NO_EXIT_PRICE' } as const;
  const signal = { generated_at: '2025-06-21T09:00:00.000Z', horizon_days: 5, confidence: 0.8 };
  return {
    coordination_id: coordinationId,
    portfolio_id: 'main',
    decided_at: '2025-06-21T10:00:00.000Z',
    measured_by: 'MARKET_DATA',
    regime: 'NORMAL',
    coordination_mode: 'BALANCED',
    config_name: 'base',
    learned_state_id: 'prior',
    nav: 1_000_000,
    signals: [
      {
        ...signal,
        signal_id: 's1',
        source: 'momentum',
        strategy: 'trend',
        instrument_id: 'AAPL',
        sector: 'Technology',
        action: 'BUY',
        claim: 0.56,
        expected_return: 0.01,
        volatility: 0.018,
        accepted: true,
        outcome,
      },
      {
        ...signal,
        signal_id: 's2',
        source: 'reversal',
        instrument_id: 'MSFT',
        action: 'SELL',
        claim: -0.4,
        accepted: false,
        outcome: gone,
      },
    ],
    decisions: [
      {
        decision_id: 'decision_001',
        instrument_id: 'AAPL',
        sector: 'Technology',
        action: 'BUY',
        horizon_days: 5,
        quantity: 100,
        price: 199.5,
        fill_price: 199.6,
        costs: 4,
        confidence: 0.7,
        alpha: 0.01,
        shares: [{ source: 'momentum', strategy: 'trend', alpha: 0.01 }],
        outcome,
        profit: 395,
      },
    ],
    refusals: [
      {
        signal_id: 's2',
        source: 'reversal',
        instrument_id: 'MSFT',
        action: 'SELL',
        horizon_days: 5,
        reason_code: 'NOT_HELD',
        would_trade: { quantity: 0, price: 450, costs: 0 },
        outcome: gone,
        cost: null,
      },
    ],
  };
}

export const outcomesMeasured = (at: Recording, data = sampleOutcomes()): RecordedEvent<OutcomesMeasured> =>
  recorded('outcomes_measured', data, at);

export const outcomesCorrected = (at: Recording, data = sampleOutcomes()): RecordedEvent<OutcomesCorrected> =>
  recorded('outcomes_corrected', data, at);
