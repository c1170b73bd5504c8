import type {
  CoordinatedTradingDecision,
  CoordinationCompleted,
  CoordinationOutcome,
  CoordinationParameters,
  DomainEvent,
  MarketModel,
  PortfolioEvent,
  PortfolioState,
  RecordedContribution,
  RecordedEvent,
  RejectedSignal,
  RiskModelReport,
} from '#domain';

export type DataOf<T extends DomainEvent['type']> = Extract<DomainEvent, { readonly type: T }>['data'];

/** Where an event lies in the log; what is left out follows from the position. */
export interface Recording {
  readonly position: bigint;
  readonly stream?: string;
  readonly version?: number;
  readonly recordedAt?: string;
  readonly processingTimeMs?: number;
}

/** An event as the log holds it: a second apart each, ids made of the position. */
export function recorded<T extends DomainEvent['type']>(
  type: T,
  data: DataOf<T>,
  at: Recording,
): RecordedEvent<Extract<DomainEvent, { readonly type: T }>> {
  const event = {
    id: `00000000-0000-4000-8000-${at.position.toString().padStart(12, '0')}`,
    stream: at.stream ?? `stream-${at.position}`,
    version: at.version ?? 1,
    position: at.position,
    type,
    schemaVersion: 1,
    data,
    metadata: {
      correlation_id: `request-${at.position}`,
      actor: 'test',
      engine_version: '0.1.0',
      runtime_version: 'test',
      processing_time_ms: at.processingTimeMs ?? 10,
    },
    recordedAt: at.recordedAt ?? new Date(Date.UTC(2025, 5, 21, 10) + Number(at.position) * 1000).toISOString(),
  };
  return event as unknown as RecordedEvent<Extract<DomainEvent, { readonly type: T }>>;
}

export interface CompletedOptions {
  readonly coordinationId?: string;
  readonly configName?: string;
  readonly decisions?: readonly CoordinatedTradingDecision[];
  readonly rejected?: readonly RejectedSignal[];
  readonly contributions?: readonly RecordedContribution[];
  readonly summary?: Partial<CoordinationOutcome['coordination_summary']>;
}

/** A finished coordination of portfolio `main`: by default a purchase of 100 AAPL on a signal of `momentum`. */
export function coordinationCompleted(
  at: Recording,
  options: CompletedOptions = {},
): RecordedEvent<CoordinationCompleted> {
  const id = options.coordinationId ?? `coord_20250621_${at.position.toString().padStart(3, '0')}`;
  const decisions = options.decisions ?? [sampleDecision('AAPL')];
  const rejected = options.rejected ?? [];
  const outcome: CoordinationOutcome = {
    status: 'OPTIMAL',
    decisions,
    coordination_summary: {
      total_signals_processed: decisions.length + rejected.length,
      decisions_generated: decisions.length,
      signals_rejected: rejected.length,
      portfolio_utilization: 0.85,
      risk_budget_used: 0.75,
      coordination_quality: 0.88,
      transfer_coefficient: 0.9,
      utility: 0.001,
      utility_bound: 0.0011,
      turnover: 0.02,
      expected_cost_bps: 1.5,
      ...options.summary,
    },
    rejected_signals: rejected,
    limits: [],
    optimality_gap_bps: 0.001,
    ...(options.configName === undefined ? {} : { config_version: `${options.configName}@1` }),
    risk_model: { id: 'inline', source: 'REQUEST_CORRELATION', regime: 'NORMAL' },
    as_of: '2025-06-21T10:00:00.000Z',
    warnings: [],
  };
  const data: CoordinationCompleted['data'] = {
    coordination_id: id,
    portfolio_id: 'main',
    ...(options.configName === undefined ? {} : { config_name: options.configName }),
    outcome,
    contributions: options.contributions ?? decisions.map((d) => sampleContribution(d.instrument_id, 'momentum')),
  };
  return recorded('coordination_completed', data, { stream: `coordination-${id}`, version: 2, ...at });
}

export function sampleContribution(instrument_id: string, source: string): RecordedContribution {
  return { signal_id: `${source}-${instrument_id}`, source, instrument_id, kappa: 0.4, weight: 1, alpha: 0.004 };
}

export function sampleDecision(
  instrument_id: string,
  overrides: Partial<CoordinatedTradingDecision> = {},
): CoordinatedTradingDecision {
  return {
    decision_id: 'decision_001',
    instrument_id,
    action: 'BUY',
    quantity: 100,
    priority: 1,
    confidence: 0.85,
    coordination_reasoning: ['Strong signal with low portfolio correlation', 'Within risk "budget" limits, by 25 %'],
    portfolio_impact: {
      position_change: 0.02,
      weight_change: 0.015,
      risk_contribution_change: 0.008,
      correlation_impact: 0.12,
      diversification_effect: 1e-7,
    },
    risk_assessment: {
      volatility_before: 0.01,
      volatility_after: 0.0101,
      var_95_before: 0.0164,
      var_95_after: 0.0166,
      cvar_95_before: 0.0206,
      cvar_95_after: 0.0208,
      marginal_var: 0.0003,
      days_to_liquidate: 0.1,
      expected_cost_bps: { spread: 1, fee: 0, impact: 0.5, tax: 0 },
    },
    timing_recommendation: {
      urgency: 'MEDIUM',
      start_at: '2025-06-21T10:00:00.000Z',
      end_at: '2025-06-21T11:00:00.000Z',
      strategy: 'ALMGREN_CHRISS',
      slices: [{ start_at: '2025-06-21T10:00:00.000Z', end_at: '2025-06-21T10:30:00.000Z', quantity: 100 }],
      expected_cost_bps: 1.5,
      cost_std_bps: 0.4,
      depends_on: [],
    },
    ...overrides,
  };
}

export function sampleRejectedSignal(
  signal_id: string,
  instrument_id: string,
  overrides: Partial<RejectedSignal> = {},
): RejectedSignal {
  return {
    signal_id,
    source: 'value',
    instrument_id,
    reason_code: 'COST_EXCEEDS_BENEFIT',
    reason: 'The expected gain of 2 bps does not pay the cost of 5 bps.',
    ...overrides,
  };
}

export function portfolioStateSet(at: Recording, state: PortfolioState): RecordedEvent {
  const { portfolio_id } = state;
  return recorded('portfolio_state_set', { portfolio_id, state }, { stream: `portfolio-${portfolio_id}`, ...at });
}

/** An event of the stream of portfolio `p`, such as one that `coordination_applied` or `portfolio_filled` is. */
export function portfolioEvent<T extends PortfolioEvent['type']>(
  at: Recording,
  type: T,
  data: DataOf<T>,
): RecordedEvent<Extract<DomainEvent, { readonly type: T }>> {
  return recorded(type, data, { stream: `portfolio-${data.portfolio_id}`, ...at });
}

export function configurationSet(
  at: Recording,
  config_name: string,
  parameters: CoordinationParameters,
): RecordedEvent {
  const data = { config_name, version: at.version ?? 1, parameters };
  return recorded('configuration_set', data, { stream: `configuration-${config_name}`, ...at });
}

export function configurationDisabled(at: Recording, config_name: string): RecordedEvent {
  const data = { config_name, version: at.version ?? 2 };
  return recorded('configuration_disabled', data, { stream: `configuration-${config_name}`, ...at });
}

export function riskModelPublished(
  at: Recording,
  model: MarketModel = sampleMarketModel(),
  report?: RiskModelReport,
): RecordedEvent {
  return recorded(
    'risk_model_published',
    { model, ...(report === undefined ? {} : { report }) },
    { stream: 'market-model', ...at },
  );
}

/**
 * Three instruments on two factors of unit variance and covariance 0.5; variances of a day in units of 1e-4:
 * AAPL 1 + 3 = 4, MSFT 4 + 5 = 9, XOM 1 + 0 = 1; covariances AAPL-MSFT 2, AAPL-XOM 0.5, MSFT-XOM 1.
 */
export function sampleMarketModel(): MarketModel {
  return {
    model_id: 'model-1',
    as_of: '2025-06-20',
    instruments: [
      { instrument_id: 'AAPL', price: 200, sector: 'Technology', volatility: 0.02, adv: 1e6, half_spread: 0.0002 },
      { instrument_id: 'MSFT', price: 400, sector: 'Technology', volatility: 0.03 },
      { instrument_id: 'XOM', price: 100 },
    ],
    factor_model: {
      instruments: ['AAPL', 'MSFT', 'XOM'],
      loadings: [
        [0.01, 0],
        [0.02, 0],
        [0, 0.01],
      ],
      factor_covariance: [
        [1, 0.5],
        [0.5, 1],
      ],
      specific_variance: [0.0003, 0.0005, 0],
    },
    regime: 'NORMAL',
  };
}

/** Of a build with something of everything in it. */
export function sampleRiskModelReport(): RiskModelReport {
  return {
    preparation: {
      prepared_by: 'polars',
      first_day: '2024-01-02',
      last_day: '2025-06-20',
      counts: { bars: 1_100, invalid: 1, instruments: 3, trading_days: 367, missing: 2, outliers: 1, stale_runs: 1 },
      non_trading_days: [{ day: '2024-07-04', bars: 1 }],
      outliers: [{ instrument_id: 'AAPL', day: '2025-01-15', value: 2000, previous: 200, reason: 'SPIKE' }],
      stale_runs: [{ instrument_id: 'XOM', first_day: '2025-02-03', last_day: '2025-02-14', days: 10 }],
      short_history: ['MSFT'],
      not_current: [{ instrument_id: 'XOM', price_day: '2025-06-18' }],
      dropped: [{ instrument_id: 'OLD', last_day: null }],
    },
    estimation: {
      days: 366,
      factors: 2,
      shrinkage: 0.2,
      average_correlation: 0.3,
      explained: [0.5, 0.2],
      regime_percentile: 0.6,
    },
    self_test: {
      first_day: '2024-12-31',
      last_day: '2025-06-20',
      days: 114,
      refits: 6,
      bias: {
        equal_weight: 1.4,
        random_long: 1.1,
        random_long_short: 1,
        within_band: 30,
        portfolios: 40,
        factors: [1.1, 0.9],
      },
      qlike: { model: -7.6, reference: -7.5 },
      mahalanobis: 1.2,
      alarms: ['The bias of the equally weighted portfolio is 1.400, outside of 0.7 to 1.35.'],
    },
    warnings: [
      'No current price of XOM: the model holds the last one.',
      'The bias of the equally weighted portfolio is 1.400, outside of 0.7 to 1.35.',
    ],
  };
}
