import type { DomainEvent, ExecutionEvent, RecordedEvent } from '#domain';
import { type DataOf, recorded, type Recording, sampleDecision } from './recorded-events.js';

/** An event of the stream `execution-{coordination_id}`. */
export function executionEvent<T extends ExecutionEvent['type']>(
  at: Recording,
  type: T,
  data: DataOf<T>,
): RecordedEvent<Extract<DomainEvent, { readonly type: T }>> {
  return recorded(type, data, { stream: `execution-${data.coordination_id}`, ...at });
}

const coordination_id = 'coord_20250621_001';
const order = { decision_id: 'decision_001', instrument_id: 'AAPL', quantity: 100 };
const split = { spread: 1, impact: 2, delay: 3, opportunity: 4, fees: 5, total: 15, total_bps: 7.5 };

/**
 * The life of `coordinationCompleted` of position 1, in the order of the stream: 60 of 100 AAPL fill at 201, a price is
 * told, the rest is planned again and cut by 10, then cancelled; the last event, an expiry, is of another life.
 */
export function sampleExecutionEvents(from = 10n): RecordedEvent[] {
  const { timing_recommendation } = sampleDecision('AAPL');
  const measured = { ...order, decision_price: 200, volatility: 0.02, half_spread: 0.0002, adv: 1e6 };
  const fill = {
    ...order,
    quantity: 60,
    fill_id: 'f1',
    price: 201,
    costs: 1.5,
    currency: 'USD',
    venue: 'XNAS',
    filled_at: '2025-06-21T10:10:00.000Z',
  };
  const at = (n: number): Recording => ({ position: from + BigInt(n), version: n });
  const as_of = '2025-06-21T10:20:00.000Z';
  return [
    executionEvent(at(1), 'execution_started', {
      coordination_id,
      portfolio_id: 'main',
      stored_portfolio: true,
      currency: 'USD',
      orders: [measured],
    }),
    executionEvent(at(2), 'fills_recorded', { coordination_id, fills: [fill] }),
    executionEvent(at(3), 'prices_observed', {
      coordination_id,
      as_of,
      prices: [{ instrument_id: 'AAPL', price: 206, adv: 9e5 }],
    }),
    executionEvent(at(4), 'execution_replanned', {
      coordination_id,
      as_of,
      reason: 'PRICE_MOVE',
      explanation: 'AAPL at 206 is 3 % above the 200 it was planned at, more than one daily volatility (2 %).',
      plans: [{ decision_id: 'decision_001', quantity: 30, price: 206, adv: 9e5, timing_recommendation }],
      released: [{ ...order, quantity: 10, limit: 'CASH' }],
    }),
    executionEvent(at(5), 'orders_cancelled', {
      coordination_id,
      cancelled_at: '2025-06-21T10:30:00.000Z',
      reason: 'the client asked',
      orders: [{ ...order, quantity: 30 }],
    }),
    executionEvent(at(6), 'execution_finished', {
      coordination_id,
      portfolio_id: 'main',
      status: 'CANCELLED',
      shortfall: { orders: [{ decision_id: 'decision_001', ...split }], total: split },
    }),
    executionEvent({ position: from + 7n, stream: 'execution-other' }, 'orders_expired', {
      coordination_id: 'other',
      expired_at: '2025-06-21T11:05:00.000Z',
      orders: [order],
    }),
  ];
}
