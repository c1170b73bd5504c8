import { Type } from 'typebox';
import type { ImpactAssessment } from '#domain';
import { shapeOf } from './shape-of.js';
import { closed } from './primitives.js';

const number = (description: string) => Type.Number({ description });
const date = () => Type.String({ format: 'date' });

export const datedReturnsSchema = (description: string) =>
  Type.Array(Type.Object({ date: date(), return: Type.Number() }, closed), { description });

export const spanSchema = (description: string) =>
  Type.Object({ from: date(), to: date(), return: Type.Number() }, { ...closed, description });

const historicalRiskSchema = Type.Object(
  {
    var_95: number('Loss of the ceil(0.05 T)-th worst of T days'),
    cvar_95: number('Mean loss of the worst 0.05 T days'),
    worst_days: datedReturnsSchema('The five worst, worst first'),
    worst_week: spanSchema('The worst five days in a row, compounded'),
    days: Type.Integer({ description: 'T' }),
    days_left_out: Type.Integer({ description: 'Days on which under 90 % of the gross weight has a return' }),
  },
  { ...closed, title: 'HistoricalRisk', description: 'What the past days of the market model would have done to it' },
);

const portfolioRiskSchema = Type.Object(
  {
    invested: number('Sum of weights'),
    gross: number('Sum of absolute weights'),
    volatility: number('Of one day'),
    var_95: number('Of a normal distribution with mean 0: 1.6448536 volatility'),
    cvar_95: number('Mean loss beyond it'),
    diversification_ratio: number('Sum of absolute weights times volatilities, over the volatility of the portfolio'),
    tracking_error: number('Volatility of the difference to the reference'),
    days_to_liquidate: number('Of the slowest position at the participation cap; 0 where no volume is known'),
    sold_in_one_day: number('Share of the gross weight that one day is enough for'),
    historical: Type.Optional(historicalRiskSchema),
    stress: Type.Array(Type.Object({ name: Type.String(), return: Type.Number() }, closed), {
      description:
        'Return of the portfolio: market_down_10, market_down_20 and sector_down_20:NAME by betas to the basket that falls; minus the VaR with volatility_doubled and correlation_one; worst_week of the history',
    }),
  },
  { ...closed, title: 'PortfolioRisk', description: 'One day, fractions of NAV' },
);

export const impactAssessmentSchema = shapeOf<ImpactAssessment>()(
  Type.Object(
    { before: portfolioRiskSchema, after: portfolioRiskSchema },
    {
      ...closed,
      title: 'ImpactAssessment',
      description: 'The whole portfolio’s risk before the trades and after them',
    },
  ),
);
