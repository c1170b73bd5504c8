import {
  configurationDisabled,
  configurationSet,
  coordinationCompleted,
  portfolioEvent,
  portfolioStateSet,
  recorded,
  sampleContribution,
  sampleDecision,
  sampleRejectedSignal,
} from '#testing';
import { rowChanges } from './read-models.js';

const rowsOf = (changes: ReturnType<typeof rowChanges>, table: string) =>
  changes.filter((change) => change.table === table).map((change) => change.row);

describe('coordination_completed', () => {
  const event = coordinationCompleted(
    { position: 7n, recordedAt: '2025-06-21T10:03:59.999Z', processingTimeMs: 12.5 },
    {
      coordinationId: 'coord_20250621_007',
      configName: 'cautious',
      decisions: [sampleDecision('AAPL'), sampleDecision('MSFT', { decision_id: 'decision_002', action: 'SELL' })],
      rejected: [sampleRejectedSignal('s3', 'XOM'), sampleRejectedSignal('s3', 'XOM', { shadow_price: 0.5 })],
      contributions: [
        sampleContribution('AAPL', 'value'),
        sampleContribution('AAPL', 'momentum'),
        sampleContribution('AAPL', 'value'),
        sampleContribution('XOM', 'news'),
      ],
    },
  );
  const changes = rowChanges(event);

  it('keeps the answer with what the write side measured', () => {
    expect(rowsOf(changes, 'coordinations')).toEqual([
      {
        coordination_id: 'coord_20250621_007',
        position: 7n,
        timestamp: '2025-06-21T10:03:59.999Z',
        portfolio_id: 'main',
        config_name: 'cautious',
        status: 'OPTIMAL',
        document: { coordination_id: 'coord_20250621_007', ...event.data.outcome, processing_time_ms: 12.5 },
      },
    ]);
  });

  it('writes a row a decision at the time of the event, with the sources of its own instrument', () => {
    const [first, second] = rowsOf(changes, 'coordination_decisions_ts');
    const { priority, coordination_reasoning, risk_assessment, timing_recommendation } = sampleDecision('AAPL');
    expect(first).toEqual({
      timestamp: '2025-06-21T10:03:59.999Z',
      coordination_id: 'coord_20250621_007',
      decision_id: 'decision_001',
      instrument_id: 'AAPL',
      action: 'BUY',
      quantity: 100,
      confidence: 0.85,
      portfolio_impact: sampleDecision('AAPL').portfolio_impact,
      coordination_metadata: {
        portfolio_id: 'main',
        config_name: 'cautious',
        config_version: 'cautious@1',
        sources: ['momentum', 'value'],
        priority,
        coordination_reasoning,
        risk_assessment,
        timing_recommendation,
      },
    });
    expect(second).toMatchObject({ instrument_id: 'MSFT', action: 'SELL', coordination_metadata: { sources: [] } });
  });

  it('adds to the minute of the event', () => {
    expect(rowsOf(changes, 'coordination_performance_ts')).toEqual([
      {
        timestamp: '2025-06-21T10:03:00.000Z',
        coordinations: 1,
        decisions: 2,
        signals_processed: 4,
        signals_rejected: 2,
        coordination_quality: 0.88,
        processing_time_ms: 12.5,
        portfolio_utilization: 0.85,
        risk_budget_utilization: 0.75,
      },
    ]);
  });

  it('numbers refused signals, as two of them may share an id', () => {
    expect(rowsOf(changes, 'rejected_signals')).toMatchObject([
      { ordinal: 1, signal_id: 's3', reason_code: 'COST_EXCEEDS_BENEFIT', detail: {} },
      { ordinal: 2, signal_id: 's3', detail: { shadow_price: 0.5 } },
    ]);
  });

  it('knows no configuration where none was named', () => {
    const plain = rowChanges(coordinationCompleted({ position: 1n }));
    expect(rowsOf(plain, 'coordinations')).toMatchObject([{ config_name: null }]);
    const [decision] = rowsOf(plain, 'coordination_decisions_ts') as { coordination_metadata: object }[];
    expect(decision?.coordination_metadata).not.toHaveProperty('config_name');
  });
});

describe('the other events', () => {
  it('replaces the state of the portfolio', () => {
    const state = { portfolio_id: 'main', as_of: '2025-06-20T20:00:00.000Z', cash: 1000, positions: [] };
    expect(rowChanges(portfolioStateSet({ position: 2n }, state))).toEqual([
      {
        kind: 'UPSERT',
        table: 'portfolio_states',
        row: {
          portfolio_id: 'main',
          position: 2n,
          timestamp: '2025-06-21T10:00:02.000Z',
          as_of: '2025-06-20T20:00:00.000Z',
          state,
        },
      },
    ]);
  });

  it('disables a configuration and leaves its parameters', () => {
    const [set] = rowChanges(configurationSet({ position: 3n }, 'cautious', { max_position_size: 0.03 }));
    expect(set).toMatchObject({ kind: 'UPSERT', row: { enabled: true, parameters: { max_position_size: 0.03 } } });
    const [disabled] = rowChanges(configurationDisabled({ position: 4n }, 'cautious'));
    expect(disabled).toMatchObject({ kind: 'UPDATE', row: { config_name: 'cautious', version: 2, enabled: false } });
    expect(disabled?.row).not.toHaveProperty('parameters');
  });

  it('changes nothing at the request of a coordination', () => {
    const data = {
      coordination_id: 'coord_20250621_001',
      portfolio_id: 'main',
      as_of: '2025-06-21T10:00:00.000Z',
      request: { signals: [] },
      learned_state_id: 'prior',
      engine_version: '0.1.0',
    };
    expect(rowChanges(recorded('coordination_requested', data, { position: 1n }))).toEqual([]);
  });
});

describe('rebalance requests', () => {
  const rebalanceChanges = (event: Parameters<typeof rowChanges>[0]) =>
    rowChanges(event).filter(({ table }) => table === 'rebalance_requests');
  const request = {
    rebalance_id: 'r',
    targets: [{ instrument_id: 'A', target_weight: 0.1 }],
    deadline: '2025-07-01T00:00:00Z',
  };
  const progress = { rebalance_id: 'r', status: 'PARTLY_DONE', done: 0.5, left: [] } as const;
  const at = (position: bigint) => ({ position, recordedAt: `2025-06-21T10:00:0${position}.000Z` });

  it('are a row each, which coordinations and a cancellation change', () => {
    const key = { portfolio_id: 'p', rebalance_id: 'r' };
    const written = (n: bigint) => ({ position: n, timestamp: at(n).recordedAt });
    expect(rebalanceChanges(portfolioEvent(at(1n), 'rebalance_requested', { portfolio_id: 'p', request }))).toEqual([
      {
        kind: 'UPSERT',
        table: 'rebalance_requests',
        row: {
          ...key,
          ...written(1n),
          requested_at: at(1n).recordedAt,
          deadline: request.deadline,
          status: 'QUEUED',
          request,
          progress: null,
          coordination_id: null,
        },
      },
    ]);
    const data = { portfolio_id: 'p', coordination_id: 'c', orders: [], rebalances: [progress] };
    expect(rebalanceChanges(portfolioEvent(at(2n), 'coordination_applied', data))).toEqual([
      {
        kind: 'UPDATE',
        table: 'rebalance_requests',
        row: { ...key, ...written(2n), status: 'PARTLY_DONE', progress, coordination_id: 'c' },
      },
    ]);
    expect(rebalanceChanges(portfolioEvent(at(3n), 'rebalance_cancelled', key))).toEqual([
      { kind: 'UPDATE', table: 'rebalance_requests', row: { ...key, ...written(3n), status: 'CANCELLED' } },
    ]);
  });
});
