import type { CoordinatedTradingDecision, CoordinationOutcome, RejectedSignal } from '#domain';
import { coordinationReport, reportContext } from './coordination-report.js';

const decision = (
  instrument_id: string,
  action: 'BUY' | 'SELL' | 'HOLD',
  priority: number,
  quantity: number,
  position_change: number,
): CoordinatedTradingDecision => ({
  decision_id: `decision_00${priority}`,
  instrument_id,
  action,
  quantity,
  priority,
  confidence: 0.62,
  coordination_reasoning: [`momentum expects +0.4 % over 5 days for ${instrument_id}`, 'second reason'],
  portfolio_impact: {
    position_change,
    weight_change: position_change,
    risk_contribution_change: 0,
    correlation_impact: 0.3,
    diversification_effect: 0,
  },
  risk_assessment: {
    volatility_before: 0.01,
    volatility_after: 0.01,
    var_95_before: 0.0164,
    var_95_after: 0.0164,
    cvar_95_before: 0.02,
    cvar_95_after: 0.02,
    marginal_var: 0,
    days_to_liquidate: 0.1,
    expected_cost_bps: { spread: 0, fee: 0, impact: 0, tax: 0 },
  },
  timing_recommendation: {
    urgency: 'LOW',
    start_at: '2025-06-20T20:00:00.000Z',
    end_at: '2025-06-20T20:00:00.000Z',
    strategy: 'x',
    slices: [],
    expected_cost_bps: 0,
    cost_std_bps: 0,
    depends_on: [],
  },
});

const refused = (
  instrument_id: string,
  reason_code: RejectedSignal['reason_code'],
  reason: string,
): RejectedSignal => ({
  signal_id: `s-${instrument_id}`,
  source: 'momentum',
  instrument_id,
  reason_code,
  reason,
});

const outcome: CoordinationOutcome = {
  status: 'RELAXED',
  decisions: [
    decision('BBB', 'BUY', 2, 12500, 0.0125),
    decision('AAA', 'SELL', 1, 300, -0.01),
    decision('CCC', 'HOLD', 3, 0, 0),
  ],
  coordination_summary: {
    total_signals_processed: 6,
    decisions_generated: 3,
    signals_rejected: 3,
    portfolio_utilization: 0.97,
    risk_budget_used: 0.6,
    coordination_quality: 0.9,
    transfer_coefficient: 0.8,
    utility: 0.0003,
    utility_bound: 0.00031,
    turnover: 0.0225,
    expected_cost_bps: 0.12,
  },
  rejected_signals: [
    refused('DDD', 'CASH', 'there is no cash left for it'),
    refused('EEE', 'NOT_HELD', 'nothing to sell'),
    refused('FFF', 'NOT_HELD', 'nothing to sell either'),
  ],
  limits: [
    { name: 'cash', value: 0.99, bound: 0.99, slack: 0, shadow_price: 0.002, broken_before: false, relaxed_by: 0 },
    {
      name: 'position',
      value: 0.06,
      bound: 0.05,
      slack: -0.01,
      shadow_price: 0,
      broken_before: true,
      relaxed_by: 0.01,
      prevented_by: ['liquidity'],
    },
    { name: 'sector:Energy', value: 0.1, bound: 0.3, slack: 0.2, shadow_price: 0, broken_before: false, relaxed_by: 0 },
  ],
  optimality_gap_bps: 0.0123,
  risk_model: { id: 'abcdef0123456789', source: 'STORE', regime: 'CALM' },
  as_of: '2025-06-20T20:00:00.000Z',
  warnings: ['sector of GGG unknown'],
};

const context = reportContext(
  {
    portfolio_id: 'p',
    as_of: outcome.as_of,
    currency: 'USD',
    cash: 500_000,
    positions: [
      { instrument_id: 'AAA', quantity: 1000, price: 100 },
      { instrument_id: 'BBB', quantity: 4000 },
    ],
  },
  new Map([['BBB', 100]]),
);

describe('the report of a coordination', () => {
  const text = coordinationReport(outcome, context, { width: 120 });

  it('lists the trades by priority, with money, weights and the first reason', () => {
    expect(text.indexOf('AAA')).toBeLessThan(text.indexOf('BBB'));
    expect(text).toMatch(
      /1[\s│]+SELL[\s│]+AAA[\s│]+300[\s│]+10,000[\s│]+10\.00% → 9\.00%[\s│]+0\.62[\s│]+momentum expects/,
    );
    expect(text).toMatch(/2[\s│]+BUY[\s│]+BBB[\s│]+12,500[\s│]+12,500[\s│]+40\.00% → 41\.25%/);
    expect(text).toContain('1 signalled instrument is held as it is (HOLD).');
    expect(text).not.toContain('second reason');
  });

  it('groups the refusals, the most frequent reason first', () => {
    expect(text).toMatch(/NOT_HELD[\s│]+2[\s│]+EEE, FFF\. nothing to sell/);
    expect(text.indexOf('NOT_HELD')).toBeLessThan(text.indexOf('CASH'));
  });

  it('shows the limits that bind or are broken, and counts the others', () => {
    expect(text).toMatch(/cash[\s│]+0\.9900[\s│]+0\.9900[\s│]+0\.0020[\s│]+binds/);
    expect(text).toMatch(/position[\s│]+0\.0600[\s│]+0\.0500[\s│]+relaxed by 0\.0100, because of liquidity/);
    expect(text).not.toContain('sector:Energy');
    expect(text).toContain('1 more limit of a single sector or instrument, kept with room.');
  });

  it('sums up, and repeats every warning', () => {
    expect(text).toContain('6 signals: 3 decisions, 3 refused.');
    expect(text).toContain('Invested 97.00% of 1,000,000 USD');
    expect(text).toContain('Utility 3.00 of at most 3.10 bps (gap 0.0123 bps)');
    expect(text).toContain('Warning: sector of GGG unknown');
  });

  it('keeps within the width, and does without the portfolio', () => {
    const tables = text.split('\n').filter((line) => line.startsWith('│'));
    for (const line of tables) expect(line.length).toBeLessThanOrEqual(120);
    const bare = coordinationReport(outcome, null, { width: 100 });
    expect(bare).toMatch(/AAA[\s│]+300[\s│]+1\.00%[\s│]+-1\.00%/);
    expect(bare).toMatch(/BBB[\s│]+12,500[\s│]+1\.25%[\s│]+\+1\.25%/);
  });

  it('cuts a long reason after two lines', () => {
    const long = { ...decision('AAA', 'SELL', 1, 300, -0.01), coordination_reasoning: ['a word '.repeat(60)] };
    const cut = coordinationReport({ ...outcome, decisions: [long] }, context, { width: 120 });
    expect(cut).toMatch(/word…|a…/);
    expect(cut.split('\n').filter((line) => line.includes('a word'))).toHaveLength(2);
  });

  it('says so when nothing trades and nothing is refused', () => {
    const calm = coordinationReport({ ...outcome, decisions: [], rejected_signals: [], limits: [] }, context, {
      width: 100,
    });
    expect(calm).toContain('No trades.');
    expect(calm).toContain('No signal was refused.');
  });

  it('refuses a book without a price', () => {
    const book = { portfolio_id: 'p', as_of: '', cash: 1, positions: [{ instrument_id: 'ZZZ', quantity: 1 }] };
    expect(() => reportContext(book, new Map())).toThrow('no price for the position in ZZZ');
  });
});
