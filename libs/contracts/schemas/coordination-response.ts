import { Type } from 'typebox';
import type { CoordinationResponse, CoordinationOutcome, RebalanceProgress } from '#domain';
import { impactAssessmentSchema } from './portfolio-risk.js';
import { shapeOf } from './shape-of.js';
import { closed } from './primitives.js';

const number = (description?: string) => Type.Number(description === undefined ? {} : { description });
const string = (description?: string) => Type.String(description === undefined ? {} : { description });
const instant = () => Type.String({ format: 'date-time' });
const action = () => Type.Enum(['BUY', 'SELL', 'HOLD']);

export const portfolioImpactSchema = Type.Object(
  {
    position_change: number('Signed traded notional, fraction of NAV before'),
    weight_change: number('Weight after, of NAV after costs, minus weight before'),
    risk_contribution_change: number('Of the instrument’s share of portfolio volatility'),
    correlation_impact: number('Correlation with the rest of the portfolio after trading'),
    diversification_effect: number('Diversification ratio with the decision minus without it'),
  },
  { ...closed, title: 'PortfolioImpact' },
);

const riskAssessmentSchema = Type.Object(
  {
    volatility_before: number('Of one day'),
    volatility_after: number(),
    var_95_before: number(),
    var_95_after: number(),
    cvar_95_before: number(),
    cvar_95_after: number(),
    marginal_var: number(),
    historical_var_95: Type.Optional(number('By historical simulation, where there is history')),
    worst_days: Type.Optional(
      Type.Array(Type.Object({ date: Type.String({ format: 'date' }), return: number() }, closed), {
        description: 'Worst historical days under the new weights',
      }),
    ),
    stress: Type.Optional(
      Type.Array(Type.Object({ name: string(), return: number() }, closed), {
        description:
          'Return of the portfolio after trading: the market, the sector of this instrument, volatilities, correlations, the worst week',
      }),
    ),
    days_to_liquidate: number(),
    expected_cost_bps: Type.Object({ spread: number(), fee: number(), impact: number(), tax: number() }, closed),
  },
  { ...closed, title: 'RiskAssessment' },
);

export const timingRecommendationSchema = Type.Object(
  {
    urgency: Type.Enum(['LOW', 'MEDIUM', 'HIGH']),
    start_at: instant(),
    end_at: instant(),
    strategy: string('TWAP, VWAP, POV, ALMGREN_CHRISS, or NONE where nothing trades'),
    slices: Type.Array(Type.Object({ start_at: instant(), end_at: instant(), quantity: number() }, closed)),
    expected_cost_bps: number(),
    cost_std_bps: number(),
    depends_on: Type.Array(string(), { description: 'Decisions that must fill first, each after those it depends on' }),
    strategy_reason: Type.Optional(string('Why this strategy')),
    alternatives: Type.Optional(
      Type.Array(
        Type.Object(
          {
            strategy: Type.Enum(['TWAP', 'VWAP', 'POV', 'ALMGREN_CHRISS']),
            expected_cost_bps: number('Of the amount traded: spread, fee and impact'),
            cost_std_bps: number(),
            end_at: instant(),
          },
          { ...closed, title: 'ExecutionAlternative' },
        ),
        { description: 'What the strategies that were not chosen would cost' },
      ),
    ),
  },
  { ...closed, title: 'TimingRecommendation' },
);

export const lotToSellSchema = Type.Object(
  {
    lot_id: string(),
    quantity: number('Shares'),
    term: Type.Optional(Type.Enum(['SHORT', 'LONG'], { description: 'Long after more than 365 days' })),
    gain: Type.Optional(number('Proceeds less basis at the price of the decision; a loss is negative; money')),
    tax: Type.Optional(number('Negative for a loss that is harvested; money')),
    loss_disallowed: Type.Optional(number('The loss that does not count for a purchase within 30 days; money')),
  },
  { ...closed, title: 'LotToSell' },
);

const decisionSchema = Type.Object(
  {
    decision_id: string('decision_001, ... within its coordination'),
    instrument_id: string(),
    action: action(),
    quantity: Type.Number({ minimum: 0, description: 'Shares; the sign is in the action' }),
    priority: Type.Integer({ minimum: 1, description: '1 is first' }),
    confidence: number(),
    coordination_reasoning: Type.Array(string()),
    portfolio_impact: portfolioImpactSchema,
    risk_assessment: riskAssessmentSchema,
    timing_recommendation: timingRecommendationSchema,
    lots: Type.Optional(Type.Array(lotToSellSchema, { description: 'Tax lots to sell, in order' })),
  },
  { ...closed, title: 'CoordinatedTradingDecision' },
);

export const REJECTION_CODES = [
  'DUPLICATE',
  'FROM_FUTURE',
  'EXPIRED',
  'UNKNOWN_INSTRUMENT',
  'RESTRICTED',
  'LOW_CONFIDENCE',
  'CONFLICTING_SIGNALS',
  'NOT_HELD',
  'COST_EXCEEDS_BENEFIT',
  'POSITION_LIMIT',
  'SECTOR_LIMIT',
  'RISK_BUDGET',
  'CORRELATION',
  'CASH',
  'TURNOVER',
  'LIQUIDITY',
  'TAX',
  'BELOW_MINIMUM',
  'OVERRIDDEN_BY_REBALANCE',
  'HOLD_ALL',
] as const;

const rejectedSignalSchema = Type.Object(
  {
    signal_id: string(),
    source: string(),
    instrument_id: string(),
    reason_code: Type.Enum([...REJECTION_CODES]),
    reason: string(),
    shortfall: Type.Optional(
      Type.Object(
        {
          marginal_risk_bps: number(),
          limits: Type.Unsafe<Record<string, number>>({ type: 'object', additionalProperties: { type: 'number' } }),
          cost_bps: number(),
          break_even_bps: Type.Optional(number('The sum of the parts above')),
          alpha_bps: Type.Optional(number('What the trade was expected to earn')),
        },
        { ...closed, description: 'What the first unit traded would have to earn, split into its exact parts' },
      ),
    ),
    counterfactual: Type.Optional(
      Type.Object(
        {
          parameter: string(),
          value: number(),
          would: Type.Object({ action: action(), quantity: number() }, closed),
        },
        { ...closed, description: 'The change of one input that would change the answer' },
      ),
    ),
    shadow_price: Type.Optional(number()),
  },
  { ...closed, title: 'RejectedSignal' },
);

const limitReportSchema = Type.Object(
  {
    name: string(),
    value: number(),
    bound: number(),
    slack: number(),
    shadow_price: number(),
    broken_before: Type.Boolean(),
    relaxed_by: number('How far the bound had to be loosened; 0 where it holds'),
    prevented_by: Type.Optional(Type.Array(string(), { description: 'The limits that prevent the cure' })),
    without: Type.Optional(
      Type.Object(
        { utility_bps: number('Utility gained'), value: number('Where the value would end') },
        { ...closed, description: 'The same problem solved again without this limit, where it is among the dearest' },
      ),
    ),
  },
  { ...closed, title: 'LimitReport' },
);

const progressProperties = {
  rebalance_id: string(),
  status: Type.Enum(['QUEUED', 'PARTLY_DONE', 'DONE', 'OVERDUE']),
  done: number('Of the distance from the weights before to the targets, 0 to 1'),
  left: Type.Array(
    Type.Object(
      {
        instrument_id: string(),
        weight_left: number('Target less weight after trading, fraction of NAV'),
        why: string(
          'The name of the limit in the way, or cost, tax, signals, risk_of_trade, lot_size, no_price, request:ID, hold_all',
        ),
      },
      closed,
    ),
  ),
};

export const rebalanceProgressSchema = shapeOf<RebalanceProgress>()(
  Type.Object(progressProperties, { ...closed, title: 'RebalanceProgress' }),
);

const rebalanceReportSchema = Type.Object(
  {
    ...progressProperties,
    tracking_error_before: number('Volatility of one day of the weights against the targets'),
    tracking_error_after: number(),
    tracking_error_removed: number(),
    cost_bps: number('Spread, fee and impact of the trades toward the targets, basis points of NAV'),
    tax_bps: number(),
    cash_left: Type.Optional(number('Of a withdrawal, still to be raised, fraction of NAV')),
    no_trade_band: Type.Array(Type.Object({ instrument_id: string(), lower: number(), upper: number() }, closed), {
      description: 'Weights between which trading costs more than it brings',
    }),
    best_time: Type.Optional(
      Type.Object(
        {
          at: Type.Optional(Type.String({ format: 'date-time' })),
          waits_for: Type.Enum(['NEXT_COORDINATION', 'DEADLINE', 'LONG_TERM_RATE', 'LIMIT', 'DRIFT']),
        },
        { ...closed, description: 'When to do what is left; absent where nothing is' },
      ),
    ),
  },
  { ...closed, title: 'RebalanceReport' },
);

const coordinationSummarySchema = Type.Object(
  {
    total_signals_processed: Type.Integer({ minimum: 0 }),
    decisions_generated: Type.Integer({ minimum: 0 }),
    signals_rejected: Type.Integer({ minimum: 0 }),
    portfolio_utilization: number('Sum of weights after'),
    risk_budget_used: number('VaR after over risk_budget_limit'),
    coordination_quality: Type.Number({ minimum: 0, maximum: 1 }),
    transfer_coefficient: number(),
    utility: number(),
    utility_bound: number(),
    turnover: number(),
    expected_cost_bps: number(),
    impact_assessment: Type.Optional(impactAssessmentSchema),
  },
  { ...closed, title: 'CoordinationSummary' },
);

/** The replayable part: the same inputs give the same bytes. */
const outcomeProperties = {
  status: Type.Enum(['OPTIMAL', 'RELAXED', 'HOLD_ALL']),
  decisions: Type.Array(decisionSchema),
  coordination_summary: coordinationSummarySchema,
  rejected_signals: Type.Array(rejectedSignalSchema),
  limits: Type.Array(limitReportSchema),
  rebalances: Type.Optional(
    Type.Array(rebalanceReportSchema, {
      description: 'One a rebalance request, those of the request before those of the queue',
    }),
  ),
  optimality_gap_bps: number('Certified distance from the optimum, basis points of NAV'),
  config_version: Type.Optional(string('name@version')),
  risk_model: Type.Object({ id: string(), source: string(), regime: string() }, closed),
  as_of: Type.String({ format: 'date-time' }),
  warnings: Type.Array(string()),
};

export const coordinationOutcomeSchema = shapeOf<CoordinationOutcome>()(
  Type.Object(outcomeProperties, { ...closed, title: 'CoordinationOutcome' }),
);

export const coordinationResponseSchema = shapeOf<CoordinationResponse>()(
  Type.Object(
    {
      coordination_id: string('coord_YYYYMMDD_NNN'),
      ...outcomeProperties,
      processing_time_ms: number('From the parsed request to the moment the events were handed to the event store'),
    },
    { ...closed, title: 'CoordinationResponse' },
  ),
);

export const coordinationResponseListSchema = Type.Array(coordinationResponseSchema, {
  title: 'CoordinationResponseList',
});
