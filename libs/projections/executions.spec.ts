import { coordinationCompleted, portfolioEvent, sampleExecutionEvents } from '#testing';
import { cacheChanges, rowChanges } from './read-models.js';

const [started, fills, prices, replanned, cancelled, finished, expired] = sampleExecutionEvents();

describe('executions', () => {
  it('are working from the first event on, with what they are measured by', () => {
    expect(rowChanges(started!)).toMatchObject([
      {
        kind: 'UPSERT',
        table: 'executions',
        row: {
          coordination_id: 'coord_20250621_001',
          position: 11n,
          portfolio_id: 'main',
          stored_portfolio: true,
          currency: 'USD',
          status: 'WORKING',
          orders: [{ decision_id: 'decision_001', decision_price: 200 }],
          shortfall: null,
          finished_at: null,
        },
      },
    ]);
  });

  it('have a row a fill, in the place where it was reported', () => {
    expect(rowChanges(fills!)).toEqual([
      {
        kind: 'UPSERT',
        table: 'execution_fills',
        row: {
          coordination_id: 'coord_20250621_001',
          fill_id: 'f1',
          version: 2,
          ordinal: 1,
          timestamp: fills!.recordedAt,
          decision_id: 'decision_001',
          instrument_id: 'AAPL',
          quantity: 60,
          price: 201,
          costs: 1.5,
          currency: 'USD',
          venue: 'XNAS',
          filled_at: '2025-06-21T10:10:00.000Z',
        },
      },
    ]);
  });

  it('keep whatever else happened, as it was recorded', () => {
    for (const event of [prices!, replanned!, cancelled!, expired!]) {
      const { version, type, data, recordedAt: timestamp } = event;
      const { coordination_id } = data as { coordination_id: string };
      const row = { coordination_id, version, timestamp, type, data };
      expect(rowChanges(event)).toEqual([{ kind: 'UPSERT', table: 'execution_changes', row }]);
    }
  });

  it('end with their status and their shortfall, and leave the rest of the row', () => {
    const [update, change] = rowChanges(finished!);
    expect(update).toMatchObject({ kind: 'UPDATE', table: 'executions', row: { status: 'CANCELLED' } });
    expect(Object.keys(update!.row).sort()).toEqual(['coordination_id', 'finished_at', 'shortfall', 'status']);
    expect(change).toMatchObject({ table: 'execution_changes', row: { version: 6 } });
  });

  it('are not there for a coordination that nothing happened to', () => {
    const tables = rowChanges(coordinationCompleted({ position: 1n })).map(({ table }) => table);
    expect(tables.filter((table) => table.startsWith('execution'))).toEqual([]);
  });
});

describe('what happens to a portfolio between the states that are told', () => {
  const at = { position: 5n };
  const of = { portfolio_id: 'p', coordination_id: 'c' };
  const order = { decision_id: 'decision_001', instrument_id: 'A', quantity: 5 };
  const state = { portfolio_id: 'p', as_of: '2025-06-21T10:00:00Z', cash: 1, positions: [] };
  const carried = { orders: [order], rebalances: [], closed_rebalances: [] };

  it.each([
    portfolioEvent(at, 'coordination_applied', { ...of, orders: [order], rebalances: [] }),
    portfolioEvent(at, 'portfolio_filled', { ...of, fills: [] }),
    portfolioEvent(at, 'orders_released', { ...of, orders: [{ ...order, reason: 'EXPIRED' }] }),
  ])('is kept, and the cached state forgotten: $type', (event) => {
    const { type, data, recordedAt: timestamp } = event;
    const row = { portfolio_id: 'p', version: 1, position: 5n, timestamp, type, data };
    expect(rowChanges(event)).toEqual([{ kind: 'UPSERT', table: 'portfolio_changes', row }]);
    expect(cacheChanges(event)).toMatchObject([{ kind: 'DELETE', key: 'portfolio_state:current' }]);
  });

  it('begins with the orders that stay when a state is told', () => {
    const rows = rowChanges(portfolioEvent(at, 'portfolio_state_set', { portfolio_id: 'p', state, carried }));
    expect(rows.map(({ table }) => table)).toEqual(['portfolio_states', 'portfolio_changes']);
    expect(rows[1]!.row).toMatchObject({ data: { orders: [order] } });
  });
});
