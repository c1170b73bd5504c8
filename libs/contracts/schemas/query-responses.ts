import { Type } from 'typebox';
import { portfolioImpactSchema } from './coordination-response.js';
import { closed } from './primitives.js';

/** One row of the decision history. */
export const decisionRecordSchema = Type.Object(
  {
    timestamp: Type.String({ format: 'date-time', description: 'When the coordination was recorded' }),
    coordination_id: Type.String(),
    decision_id: Type.String(),
    instrument_id: Type.String(),
    action: Type.Enum(['BUY', 'SELL', 'HOLD']),
    quantity: Type.Number({ minimum: 0, description: 'Shares' }),
    priority: Type.Integer({ minimum: 1 }),
    confidence: Type.Number(),
    portfolio_id: Type.String(),
    config_version: Type.Union([Type.String(), Type.Null()], { description: 'name@version' }),
    sources: Type.Array(Type.String(), { description: 'Of the accepted signals on the instrument' }),
    coordination_reasoning: Type.Array(Type.String()),
    portfolio_impact: portfolioImpactSchema,
  },
  { ...closed, title: 'DecisionRecord' },
);

/** What the list and the stream of coordinations show of one. */
export const coordinationRecordSchema = Type.Object(
  {
    coordination_id: Type.String(),
    position: Type.String({ pattern: '^[0-9]+$', description: 'Of its event in the log: a cursor of the stream' }),
    timestamp: Type.String({ format: 'date-time', description: 'When it was recorded' }),
    portfolio_id: Type.String(),
    config_name: Type.Union([Type.String(), Type.Null()]),
    status: Type.Enum(['OPTIMAL', 'RELAXED', 'HOLD_ALL']),
    coordination_quality: Type.Number(),
    decisions: Type.Integer(),
    signals_processed: Type.Integer(),
    signals_rejected: Type.Integer(),
    turnover: Type.Number({ description: 'Fraction of the value of the portfolio' }),
    expected_cost_bps: Type.Number(),
  },
  { ...closed, title: 'CoordinationRecord' },
);

/** One bucket of the performance series; means weigh each coordination alike. */
export const performanceRowSchema = Type.Object(
  {
    timestamp: Type.String({ format: 'date-time', description: 'The start of the bucket' }),
    coordination_quality: Type.Number(),
    avg_processing_time_ms: Type.Number(),
    max_processing_time_ms: Type.Number(),
    decisions_per_minute: Type.Number({ description: 'Over the whole width of the bucket' }),
    portfolio_utilization: Type.Number(),
    risk_budget_utilization: Type.Number(),
    coordinations: Type.Integer(),
    decisions: Type.Integer(),
    signals_processed: Type.Integer(),
    signals_rejected: Type.Integer(),
  },
  { ...closed, title: 'PerformanceRow' },
);
