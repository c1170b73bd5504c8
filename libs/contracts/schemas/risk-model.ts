import { type TSchema, Type } from 'typebox';
import { closed } from './primitives.js';

const day = () => Type.String({ format: 'date' });
const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const count = () => Type.Integer({ minimum: 0 });

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

/** How a risk model came about. */
export const riskModelReportSchema = Type.Object(
  { preparation, estimation, self_test: orNull(selfTest), warnings: Type.Array(Type.String()) },
  { ...closed, title: 'RiskModelReport' },
);

const summary = {
  model_id: Type.String({ description: 'SHA-256 of its content, hex' }),
  version: Type.Integer({ minimum: 1, description: 'Models are numbered as they are published' }),
  as_of: Type.String({ format: 'date', description: 'The last trading day in it' }),
  regime: Type.Enum(['CALM', 'NORMAL', 'STRESSED']),
  instruments: count(),
};

export const riskModelBuildSchema = Type.Object(
  {
    ...summary,
    published: Type.Boolean({ description: 'false where the model that is current came out again' }),
    report: riskModelReportSchema,
  },
  { ...closed, title: 'RiskModelBuild', description: 'What POST /risk-models built' },
);

const published = { ...summary, published_at: Type.String({ format: 'date-time' }) };

export const riskModelRecordSchema = Type.Object(
  { ...published, report: Type.Optional(riskModelReportSchema) },
  {
    ...closed,
    title: 'RiskModelRecord',
    description: 'A published risk model; without a report where it came from elsewhere',
  },
);

export const riskModelListSchema = Type.Object(
  {
    risk_models: Type.Array(
      Type.Object({ ...published, warnings: Type.Array(Type.String()) }, { ...closed, title: 'RiskModelSummary' }),
    ),
  },
  { ...closed, title: 'RiskModelList', description: 'Newest first' },
);
