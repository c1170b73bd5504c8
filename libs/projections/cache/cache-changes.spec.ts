import {
  configurationDisabled,
  configurationSet,
  coordinationCompleted,
  riskModelPublished,
  portfolioStateSet,
  sampleDecision,
  sampleMarketModel,
} from '#testing';
import { cacheChanges } from '../read-models.js';

const state = { portfolio_id: 'main', as_of: '2025-06-20T20:00:00.000Z', cash: 1000, positions: [] };

describe('cached values and how long they live', () => {
  it('keeps the current portfolio state for one minute', () => {
    expect(cacheChanges(portfolioStateSet({ position: 1n }, state))).toEqual([
      { kind: 'SET', key: 'portfolio_state:current', value: state, ttlSeconds: 60 },
    ]);
  });

  it('keeps the parameters of a configuration for thirty minutes, until it is disabled', () => {
    expect(cacheChanges(configurationSet({ position: 1n }, 'cautious', { cash_buffer: 0.02 }))).toEqual([
      { kind: 'SET', key: 'coord_params:cautious', value: { cash_buffer: 0.02 }, ttlSeconds: 1800 },
    ]);
    expect(cacheChanges(configurationDisabled({ position: 2n }, 'cautious'))).toEqual([
      { kind: 'DELETE', key: 'coord_params:cautious', ttlSeconds: 1800 },
    ]);
  });

  it('puts the decisions of a coordination before the earlier ones of each instrument for five minutes', () => {
    const decisions = [
      sampleDecision('AAPL'),
      sampleDecision('MSFT', { decision_id: 'decision_002' }),
      sampleDecision('AAPL', { decision_id: 'decision_003', action: 'HOLD', quantity: 0 }),
    ];
    const changes = cacheChanges(coordinationCompleted({ position: 5n }, { decisions }));
    expect(changes).toMatchObject([
      { kind: 'PREPEND', key: 'recent_decisions:AAPL', limit: 50, ttlSeconds: 300 },
      { kind: 'PREPEND', key: 'recent_decisions:MSFT', limit: 50, ttlSeconds: 300 },
    ]);
    expect(changes[0]?.kind === 'PREPEND' && changes[0].items).toEqual(
      [decisions[0], decisions[2]].map((decision) => ({
        coordination_id: 'coord_20250621_005',
        timestamp: '2025-06-21T10:00:05.000Z',
        ...decision,
      })),
    );
  });

  it('keeps the correlation matrix for fifteen minutes and the risk of each instrument for ten', () => {
    const changes = cacheChanges(riskModelPublished({ position: 1n }));
    expect(changes.map(({ kind, key, ttlSeconds }) => [kind, key, ttlSeconds])).toEqual([
      ['SET', 'correlation_matrix:current', 900],
      ['SET', 'risk_metrics:AAPL', 600],
      ['SET', 'risk_metrics:MSFT', 600],
      ['SET', 'risk_metrics:XOM', 600],
    ]);
  });

  it('removes the matrix of the former model where the new one is too large for a key', () => {
    const model = sampleMarketModel();
    const instruments = Array.from({ length: 1001 }, (_, i) => `I${i}`);
    const large = {
      ...model,
      factor_model: {
        instruments,
        loadings: instruments.map(() => [0.01, 0]),
        factor_covariance: model.factor_model.factor_covariance,
        specific_variance: instruments.map(() => 1e-4),
      },
    };
    expect(cacheChanges(riskModelPublished({ position: 1n }, large))[0]).toEqual({
      kind: 'DELETE',
      key: 'correlation_matrix:current',
      ttlSeconds: 900,
    });
  });
});
