import { type TSchema, Type } from 'typebox';
import type { RiskModelPublished } from '#domain';
import { factorModelSchema, marketInstrumentSchema } from '../schemas/market-data.js';
import { closed } from '../schemas/primitives.js';
import { shapeOf } from '../schemas/shape-of.js';

const day = () => Type.String({ format: 'date' });
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const count = () => Type.Integer({ minimum: 0 });

const modelInstrument = Type.Object(
  {
    ...marketInstrumentSchema.properties,
    price_as_of: Type.Optional(
      Type.String({ format: 'date', description: 'The day of the price where it is older than the model' }),
    ),
  },
  { ...closed, title: 'ModelInstrument' },
);

const model = Type.Object(
  {
    model_id: Type.String({ description: 'SHA-256 of the canonical JSON of the other fields, hex' }),
    as_of: Type.String({ description: 'The last day of data in it' }),
    instruments: Type.Array(modelInstrument),
    factor_model: factorModelSchema,
    regime: Type.Enum(['CALM', 'NORMAL', 'STRESSED']),
    history: Type.Optional(
      Type.Object(
        {
          dates: Type.Array(Type.String()),
          instruments: Type.Array(Type.String()),
          values: Type.Array(Type.Array(Type.Union([Type.Number(), Type.Null()]))),
        },
        { ...closed, description: 'Daily simple returns, oldest first; null where missing' },
      ),
    ),
  },
  { ...closed, title: 'MarketModel' },
);

const preparation = Type.Object(
  {
    prepared_by: Type.Enum(['polars', 'typescript']),
    first_day: orNull(day()),
    last_day: orNull(day()),
    counts: Type.Object(
      {
        bars: count(),
        invalid: count(),
        instruments: count(),
        trading_days: count(),
        missing: count(),
        outliers: count(),
        stale_runs: count(),
      },
      closed,
    ),
    non_trading_days: Type.Array(Type.Object({ day: day(), bars: count() }, closed)),
    outliers: Type.Array(
      Type.Object(
        {
          instrument_id: Type.String(),
          day: day(),
          value: Type.Number(),
          previous: Type.Number(),
          reason: Type.Enum(['SPIKE', 'LEVEL_SHIFT', 'UNCONFIRMED']),
        },
        closed,
      ),
    ),
    stale_runs: Type.Array(
      Type.Object({ instrument_id: Type.String(), first_day: day(), last_day: day(), days: count() }, closed),
    ),
    short_history: Type.Array(Type.String()),
    not_current: Type.Array(Type.Object({ instrument_id: Type.String(), price_day: day() }, closed)),
    dropped: Type.Array(Type.Object({ instrument_id: Type.String(), last_day: orNull(day()) }, closed)),
  },
  { ...closed, title: 'PreparationReport', description: 'Counts are of everything; a list holds the first 200' },
);

const estimation = Type.Object(
  {
    days: Type.Integer({ minimum: 0, description: 'Daily returns used at most' }),
    factors: count(),
    shrinkage: Type.Number({ description: 'Ledoit-Wolf weight of the constant-correlation target' }),
    average_correlation: Type.Number(),
    explained: Type.Array(Type.Number(), { description: 'Share of the variance of standardised returns' }),
    regime_percentile: orNull(Type.Number()),
  },
  { ...closed, title: 'EstimationReport' },
);

const selfTest = Type.Object(
  {
    first_day: day(),
    last_day: day(),
    days: count(),
    refits: count(),
    bias: Type.Object(
      {
        equal_weight: Type.Number(),
        random_long: Type.Number(),
        random_long_short: Type.Number(),
        within_band: count(),
        portfolios: count(),
        factors: Type.Array(Type.Number()),
      },
      { ...closed, description: 'Standard deviation of returns over their forecast volatility; 1 is perfect' },
    ),
    qlike: Type.Object(
      { model: Type.Number(), reference: Type.Number() },
      { ...closed, description: 'Loss of the volatility forecasts, beside that of a plain standard deviation' },
    ),
    mahalanobis: Type.Number({ description: 'Mean of r’ Sigma^-1 r / n; 1 is perfect' }),
    alarms: Type.Array(Type.String()),
  },
  { ...closed, title: 'SelfTestReport', description: 'Forecasts of each day by a model of the days before it alone' },
);

const report = Type.Object(
  { preparation, estimation, self_test: orNull(selfTest), warnings: Type.Array(Type.String()) },
  { ...closed, title: 'RiskModelReport' },
);

export const riskModelPublishedSchema = shapeOf<RiskModelPublished['data']>()(
  Type.Object(
    { model, report: Type.Optional(report) },
    {
      ...closed,
      description: 'An immutable version of what the service believes of the market, and how it came about.',
    },
  ),
);
