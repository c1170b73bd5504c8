import { coordinationCompleted, sampleDecision } from '#testing';
import { toCoordinationCompletedMessage } from './coordination-completed-message.js';

describe('toCoordinationCompletedMessage', () => {
  const event = coordinationCompleted(
    { position: 7n, recordedAt: '2025-06-21T10:00:00.123456Z' },
    { decisions: [sampleDecision('AAPL'), sampleDecision('XOM', { action: 'SELL', quantity: 10.5 })] },
  );
  const message = toCoordinationCompletedMessage(event);

  it('has the fields that other services know, and no more', () => {
    expect(message).toEqual({
      event_id: event.id,
      timestamp: '2025-06-21T10:00:00.123Z',
      coordination_completed: {
        coordination_id: 'coord_20250621_007',
        decisions: [
          {
            decision_id: 'decision_001',
            instrument_id: 'AAPL',
            action: 'buy',
            quantity: 100,
            priority: 1,
            confidence: 0.85,
            coordination_reasoning: event.data.outcome.decisions[0]?.coordination_reasoning,
            portfolio_impact: {
              position_change: 0.02,
              weight_change: 0.015,
              risk_contribution_change: 0.008,
              correlation_impact: 0.12,
            },
          },
          expect.objectContaining({ instrument_id: 'XOM', action: 'sell', quantity: 10 }),
        ],
        coordination_summary: {
          total_signals_processed: 2,
          decisions_generated: 2,
          signals_rejected: 0,
          portfolio_utilization: 0.85,
          risk_budget_used: 0.75,
          coordination_quality: 0.88,
        },
      },
    });
  });
});
