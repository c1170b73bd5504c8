import { Type } from 'typebox';
import type { ImpactAnswer, ImpactRequest } from '#domain';
import { coordinationParametersSchema } from './coordination-parameters.js';
import { taxFactProperties } from './coordination-request.js';
import { lotToSellSchema } from './coordination-response.js';
import { marketDataSchema } from './market-data.js';
import { datedReturnsSchema, impactAssessmentSchema, spanSchema } from './portfolio-risk.js';
import { portfolioStateSchema } from './portfolio-state.js';
import { closed, id, INSTRUMENTS_MAX, instrumentId, map, SHARES_MAX, time } from './primitives.js';
import { shapeOf } from './shape-of.js';

const TRADES_MAX = 10_000;

const tradeProperties = {
  instrument_id: instrumentId(),
  action: Type.Enum(['BUY', 'SELL']),
  quantity: Type.Number({ exclusiveMinimum: 0, maximum: SHARES_MAX, description: 'Shares; the sign is in the action' }),
};

export const impactRequestSchema = shapeOf<ImpactRequest>()(
  Type.Object(
    {
      portfolio_state: Type.Optional(portfolioStateSchema),
      portfolio_id: Type.Optional(id('A stored portfolio, in place of portfolio_state')),
      trades: Type.Array(Type.Object(tradeProperties, { ...closed, title: 'ImpactTrade' }), {
        maxItems: TRADES_MAX,
        description: 'Each instrument once; may be empty: then the portfolio is assessed as it is',
      }),
      reference_weights: Type.Optional(
        map<number>(
          instrumentId(),
          Type.Number({ minimum: -1, maximum: 1 }),
          INSTRUMENTS_MAX,
          'What the tracking error is measured against, fractions of NAV, 0 for what is not named; default: the weights before the trades',
        ),
      ),
      market_data: Type.Optional(marketDataSchema),
      coordination_parameters: Type.Optional(coordinationParametersSchema),
      config_name: Type.Optional(id('A stored configuration; coordination_parameters override it')),
      ...taxFactProperties,
      as_of: Type.Optional(time('When the trades are made, for the tax on them; default: now')),
      history: Type.Optional(
        Type.Enum(['MODEL', 'FULL'], {
          default: 'MODEL',
          description: 'The days of the market model, or beside them every day that is kept',
        }),
      ),
    },
    { ...closed, title: 'ImpactRequest', description: 'Either portfolio_state or portfolio_id' },
  ),
);

const number = (description: string) => Type.Number({ description });

const costSchema = Type.Object(
  { spread: Type.Number(), fee: Type.Number(), impact: Type.Number(), tax: Type.Number() },
  { ...closed, title: 'CostBps', description: 'Expected, basis points of NAV' },
);

const tradeImpactSchema = Type.Object(
  {
    ...tradeProperties,
    price: number('That it was assessed at'),
    position_change: number('Signed traded notional, fraction of NAV'),
    expected_cost_bps: costSchema,
    days_to_trade: number('At the participation cap; 0 where no volume is known'),
    marginal_var: number('Change of the VaR 95 % for a unit of weight, before'),
    lots: Type.Optional(Type.Array(lotToSellSchema, { description: 'Tax lots that would be sold, in order' })),
  },
  { ...closed, title: 'TradeImpact' },
);

const limitAroundSchema = Type.Object(
  {
    name: Type.String({
      description:
        'risk, cash, turnover, gross, sector:NAME, gains:TERM, and position:ID, liquidity:ID, correlation:ID, restricted:ID of what trades or is broken',
    }),
    before: Type.Number(),
    after: Type.Number(),
    bound: Type.Number(),
    broken_before: Type.Boolean(),
    broken_after: Type.Boolean(),
  },
  { ...closed, title: 'LimitAround' },
);

const sectorProperties = {
  sector: Type.Optional(Type.String({ description: 'Absent where none is known' })),
  weight_before: Type.Number(),
  weight_after: Type.Number(),
  component_var_before: number('Its part of the VaR 95 %; the parts add up to the whole'),
  component_var_after: Type.Number(),
};

const historySchema = Type.Object(
  {
    source: Type.Enum(['MARKET_MODEL', 'FULL', 'NONE']),
    days: Type.Integer(),
    first_day: Type.Optional(Type.String({ format: 'date' })),
    last_day: Type.Optional(Type.String({ format: 'date' })),
  },
  { ...closed, title: 'HistoryUsed', description: 'Which past the answer rests on' },
);

const fullHistoryRiskSchema = Type.Object(
  {
    days: Type.Integer({ description: 'T' }),
    days_left_out: Type.Integer({ description: 'Days on which under 90 % of the gross weight has a return' }),
    var_95: Type.Optional(number('Loss of the ceil(0.05 T)-th worst day')),
    cvar_95: Type.Optional(number('Mean loss of the worst 0.05 T days')),
    quantiles: Type.Array(Type.Object({ probability: Type.Number(), return: Type.Number() }, closed), {
      description: 'The ceil(p T)-th worst day',
    }),
    worst_days: datedReturnsSchema('The five worst, worst first'),
    worst_5_days: Type.Optional(spanSchema('In a row, compounded')),
    worst_20_days: Type.Optional(spanSchema('In a row, compounded')),
  },
  { ...closed, title: 'FullHistoryRisk' },
);

export const impactAnswerSchema = shapeOf<ImpactAnswer>()(
  Type.Object(
    {
      portfolio_id: Type.String(),
      as_of: Type.String({ format: 'date-time' }),
      nav: number('Money'),
      turnover: number('Sum of absolute weight changes'),
      impact_assessment: impactAssessmentSchema,
      trades: Type.Array(tradeImpactSchema, { description: 'In the order given' }),
      expected_cost_bps: costSchema,
      limits: Type.Array(limitAroundSchema),
      instruments: Type.Array(
        Type.Object(
          {
            instrument_id: Type.String(),
            ...sectorProperties,
            marginal_var: number('Change of the VaR 95 % for a unit of weight, after'),
            days_to_liquidate: number('After, at the participation cap; 0 where no volume is known'),
          },
          { ...closed, title: 'InstrumentRisk' },
        ),
        { description: 'What is held before or after, the largest part of the risk after first' },
      ),
      sectors: Type.Array(Type.Object(sectorProperties, { ...closed, title: 'SectorRisk' })),
      history: historySchema,
      full_history: Type.Optional(
        Type.Object(
          { before: fullHistoryRiskSchema, after: fullHistoryRiskSchema },
          { ...closed, title: 'FullHistory', description: 'Every kept day under the weights before and after' },
        ),
      ),
      config_version: Type.Optional(Type.String({ description: 'name@version' })),
      risk_model: Type.Object({ id: Type.String(), source: Type.String(), regime: Type.String() }, closed),
      warnings: Type.Array(Type.String()),
    },
    { ...closed, title: 'ImpactAnswer' },
  ),
);
