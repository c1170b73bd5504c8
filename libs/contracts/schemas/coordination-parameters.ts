import { Type } from 'typebox';
import type { CoordinationParameters } from '#domain';
import { shapeOf } from './shape-of.js';
import {
  closed,
  fraction,
  INSTRUMENTS_MAX,
  instrumentId,
  map,
  MONEY_MAX,
  positiveFraction,
  text,
} from './primitives.js';

const LIMIT_CLASSES = [
  'restricted',
  'position',
  'risk',
  'sector',
  'cash',
  'correlation',
  'liquidity',
  'turnover',
  'gains',
] as const;

const money = (description: string) => Type.Number({ minimum: 0, maximum: MONEY_MAX, description });

const bound = (description: string) => Type.Number({ minimum: -1, maximum: 1, description });

export const coordinationParametersSchema = shapeOf<CoordinationParameters>()(
  Type.Object(
    {
      max_position_size: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.05,
          description: 'Largest weight of one instrument',
        }),
      ),
      correlation_threshold: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1,
          default: 0.8,
          description: 'An instrument more correlated than this with the rest of the portfolio is not increased',
        }),
      ),
      risk_budget_limit: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.02,
          description: 'One-day 95 % VaR, fraction of NAV',
        }),
      ),
      priority_weights: Type.Optional(
        map<number>(
          text(100, 'A source, `strategy:NAME`, or one of signals, cost, tax, rebalance'),
          Type.Number({ minimum: 0, maximum: 1_000 }),
          1_000,
          'How much each counts; 1 where it is not named, 0 switches it off',
        ),
      ),
      coordination_mode: Type.Optional(
        Type.Enum(['AGGRESSIVE', 'BALANCED', 'CONSERVATIVE'], {
          default: 'BALANCED',
          description: 'Sets the defaults of what is not given here',
        }),
      ),
      horizon_days: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 252,
          default: 5,
          description: 'Coordination horizon, trading days',
        }),
      ),
      risk_aversion: Type.Optional(
        Type.Number({ exclusiveMinimum: 0, maximum: 1e9, description: 'Gamma of the objective; default by mode' }),
      ),
      risk_budget_share: Type.Optional(positiveFraction('Share of the risk budget that may be used; default by mode')),
      max_turnover: Type.Optional(
        Type.Number({ minimum: 0, maximum: 20, description: 'Sum of absolute weight changes; default by mode' }),
      ),
      max_sector_weight: Type.Optional(
        Type.Number({ exclusiveMinimum: 0, maximum: 10, default: 0.3, description: 'Largest weight of one sector' }),
      ),
      cash_buffer: Type.Optional(fraction('Cash kept, fraction of NAV; default by mode')),
      max_participation: Type.Optional(positiveFraction("Largest share of a day's volume; default by mode")),
      execution_days: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 252,
          default: 1,
          description: 'Days over which a trade may be worked',
        }),
      ),
      min_confidence: Type.Optional(fraction('Effective confidence below which a signal is refused; default by mode')),
      allow_short: Type.Optional(Type.Boolean({ default: false })),
      trade_universe: Type.Optional(
        Type.Enum(['SIGNALLED', 'ALL'], { default: 'SIGNALLED', description: 'Which instruments may trade' }),
      ),
      max_gross: Type.Optional(
        Type.Number({ exclusiveMinimum: 0, maximum: 10, default: 1, description: 'Largest sum of absolute weights' }),
      ),
      fee_bps: Type.Optional(
        Type.Number({ minimum: 0, maximum: 1_000, default: 0, description: 'Fee, basis points of what is traded' }),
      ),
      min_trade_notional: Type.Optional(
        Type.Number({ minimum: 0, maximum: 1e12, default: 0, description: 'Smaller orders are dropped, money' }),
      ),
      restricted: Type.Optional(
        Type.Array(instrumentId(), { maxItems: INSTRUMENTS_MAX, description: 'Instruments that do not trade' }),
      ),
      instrument_bounds: Type.Optional(
        map<{ min?: number; max?: number }>(
          instrumentId(),
          Type.Object(
            { min: Type.Optional(bound('Smallest weight')), max: Type.Optional(bound('Largest weight')) },
            closed,
          ),
          INSTRUMENTS_MAX,
          'Bounds on the weights of single instruments',
        ),
      ),
      limit_priority: Type.Optional(
        Type.Array(Type.Unsafe<string>(Type.Enum([...LIMIT_CLASSES])), {
          maxItems: LIMIT_CLASSES.length,
          uniqueItems: true,
          description: 'Which limits are kept first when not all can be; what is left out follows in the default order',
        }),
      ),
      tax: Type.Optional(
        Type.Object(
          {
            short_term_rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: 0 })),
            long_term_rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1, default: 0 })),
            harvest: Type.Optional(
              Type.Boolean({ default: false, description: 'Whether a realised loss is worth tax' }),
            ),
            lot_method: Type.Optional(
              Type.Enum(['LEAST_TAX', 'HIFO', 'FIFO', 'SPECIFIC'], {
                default: 'LEAST_TAX',
                description:
                  'Which lots a sale takes: those of least tax, of the highest basis, the oldest, or those of lots_to_sell',
              }),
            ),
            gain_budget: Type.Optional(
              Type.Object(
                {
                  short_term: Type.Optional(money('Most net short-term gains')),
                  long_term: Type.Optional(money('Most net long-term gains')),
                  total: Type.Optional(money('Most net gains of both kinds')),
                },
                {
                  ...closed,
                  description: 'Realised by this coordination and to date (realised_gains_to_date), money',
                },
              ),
            ),
          },
          closed,
        ),
      ),
    },
    {
      ...closed,
      title: 'CoordinationParameters',
      description: 'What is not given comes from the named configuration, then from the mode',
    },
  ),
);
