import type { RowChange } from '#projections';

type Table = RowChange['table'];
type RowOf<T extends Table> = Extract<RowChange, { readonly kind: 'UPSERT'; readonly table: T }>['row'];
export type UpsertTable = Extract<RowChange, { readonly kind: 'UPSERT' }>['table'];

export interface TableDefinition<Row = Readonly<Record<string, unknown>>> {
  /** by the type of its value */
  readonly columns: Readonly<Record<keyof Row & string, string>>;
  readonly key: readonly (keyof Row & string)[];
  /** few rows with whole documents in them, or many small ones: which way of writing is faster */
  readonly rows: 'FEW_LARGE' | 'MANY_SMALL';
  /** each row is written by one event and never again */
  readonly writtenOnce: boolean;
}

/** The tables of migrations/query as rows are written to them. */
export const TABLES: { readonly [T in UpsertTable]: TableDefinition<RowOf<T>> } = {
  coordinations: {
    columns: {
      coordination_id: 'text',
      position: 'bigint',
      timestamp: 'timestamptz',
      portfolio_id: 'text',
      config_name: 'text',
      status: 'text',
      document: 'json',
    },
    key: ['coordination_id'],
    rows: 'FEW_LARGE',
    writtenOnce: true,
  },
  coordination_decisions_ts: {
    columns: {
      timestamp: 'timestamptz',
      coordination_id: 'text',
      decision_id: 'text',
      instrument_id: 'text',
      action: 'text',
      quantity: 'float8',
      confidence: 'float8',
      portfolio_impact: 'jsonb',
      coordination_metadata: 'jsonb',
    },
    key: ['timestamp', 'instrument_id', 'coordination_id', 'decision_id'],
    rows: 'MANY_SMALL',
    writtenOnce: true,
  },
  rejected_signals: {
    columns: {
      coordination_id: 'text',
      ordinal: 'integer',
      timestamp: 'timestamptz',
      signal_id: 'text',
      source: 'text',
      instrument_id: 'text',
      reason_code: 'text',
      reason: 'text',
      detail: 'jsonb',
    },
    key: ['coordination_id', 'ordinal'],
    rows: 'MANY_SMALL',
    writtenOnce: true,
  },
  portfolio_states: {
    columns: {
      portfolio_id: 'text',
      position: 'bigint',
      timestamp: 'timestamptz',
      as_of: 'timestamptz',
      state: 'json',
    },
    key: ['portfolio_id'],
    rows: 'FEW_LARGE',
    writtenOnce: false,
  },
  market_model_current: {
    columns: {
      singleton: 'boolean',
      position: 'bigint',
      timestamp: 'timestamptz',
      model_id: 'text',
      as_of: 'text',
      regime: 'text',
      instruments: 'json',
      factor_model: 'json',
    },
    key: ['singleton'],
    rows: 'FEW_LARGE',
    writtenOnce: false,
  },
  risk_models: {
    columns: {
      version: 'integer',
      position: 'bigint',
      timestamp: 'timestamptz',
      model_id: 'text',
      as_of: 'text',
      regime: 'text',
      instruments: 'integer',
      report: 'json',
    },
    key: ['version'],
    rows: 'FEW_LARGE',
    writtenOnce: true,
  },
  configurations: {
    columns: {
      config_name: 'text',
      version: 'integer',
      enabled: 'boolean',
      parameters: 'json',
      position: 'bigint',
      timestamp: 'timestamptz',
    },
    key: ['config_name'],
    rows: 'FEW_LARGE',
    writtenOnce: false,
  },
  rebalance_requests: {
    columns: {
      portfolio_id: 'text',
      rebalance_id: 'text',
      position: 'bigint',
      timestamp: 'timestamptz',
      requested_at: 'timestamptz',
      deadline: 'timestamptz',
      status: 'text',
      request: 'json',
      progress: 'json',
      coordination_id: 'text',
    },
    key: ['portfolio_id', 'rebalance_id'],
    rows: 'FEW_LARGE',
    writtenOnce: false,
  },
  portfolio_changes: {
    columns: {
      portfolio_id: 'text',
      version: 'integer',
      position: 'bigint',
      timestamp: 'timestamptz',
      type: 'text',
      data: 'json',
    },
    key: ['portfolio_id', 'version'],
    rows: 'FEW_LARGE',
    writtenOnce: true,
  },
  executions: {
    columns: {
      coordination_id: 'text',
      position: 'bigint',
      timestamp: 'timestamptz',
      portfolio_id: 'text',
      stored_portfolio: 'boolean',
      currency: 'text',
      status: 'text',
      orders: 'json',
      shortfall: 'json',
      finished_at: 'timestamptz',
    },
    key: ['coordination_id'],
    rows: 'FEW_LARGE',
    writtenOnce: false,
  },
  execution_fills: {
    columns: {
      coordination_id: 'text',
      fill_id: 'text',
      version: 'integer',
      ordinal: 'integer',
      timestamp: 'timestamptz',
      decision_id: 'text',
      instrument_id: 'text',
      quantity: 'float8',
      price: 'float8',
      costs: 'float8',
      currency: 'text',
      venue: 'text',
      filled_at: 'text',
    },
    key: ['coordination_id', 'fill_id'],
    rows: 'MANY_SMALL',
    writtenOnce: true,
  },
  execution_changes: {
    columns: { coordination_id: 'text', version: 'integer', timestamp: 'timestamptz', type: 'text', data: 'json' },
    key: ['coordination_id', 'version'],
    rows: 'FEW_LARGE',
    writtenOnce: true,
  },
};

/** Every table that the projections write. */
export const PROJECTED_TABLES: readonly Table[] = [
  ...(Object.keys(TABLES) as UpsertTable[]),
  'coordination_performance_ts',
];
