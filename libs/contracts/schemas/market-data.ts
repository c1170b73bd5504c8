import { Type } from 'typebox';
import type { MarketData } from '#domain';
import { shapeOf } from './shape-of.js';
import { closed, INSTRUMENTS_MAX, instrumentId, map, price, SHARES_MAX, text, time } from './primitives.js';

/** a body of more would not fit the default limit of 32 MiB */
const CORRELATION_INSTRUMENTS_MAX = 2_000;
const FACTORS_MAX = 100;

export const marketInstrumentSchema = Type.Object(
  {
    instrument_id: instrumentId(),
    price: price('Last'),
    sector: Type.Optional(text(100, 'For the sector limit')),
    volatility: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 10, description: 'Standard deviation of one day’s return' }),
    ),
    adv: Type.Optional(Type.Number({ minimum: 0, maximum: SHARES_MAX, description: 'Average daily volume, shares' })),
    half_spread: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Fraction of the price' })),
    lot_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 1e9, default: 1, description: 'Shares' })),
  },
  { ...closed, title: 'MarketInstrument' },
);

const names = (maxItems: number) =>
  Type.Array(instrumentId(), { maxItems, description: 'The order of rows and columns' });

// a correlation computed in floating point may pass one by a rounding error
const correlation = Type.Number({ minimum: -1.000001, maximum: 1.000001 });

const correlationMatrixSchema = Type.Object(
  {
    instruments: names(CORRELATION_INSTRUMENTS_MAX),
    values: Type.Array(Type.Array(correlation, { maxItems: CORRELATION_INSTRUMENTS_MAX }), {
      maxItems: CORRELATION_INSTRUMENTS_MAX,
      description: 'Square and symmetric; one that is not positive semidefinite is repaired, and the answer says so',
    }),
  },
  { ...closed, title: 'CorrelationMatrix' },
);

const loading = Type.Number({ minimum: -1e6, maximum: 1e6 });

export const factorModelSchema = Type.Object(
  {
    instruments: names(INSTRUMENTS_MAX),
    loadings: Type.Array(Type.Array(loading, { maxItems: FACTORS_MAX }), {
      maxItems: INSTRUMENTS_MAX,
      description: 'A row an instrument, a column a factor',
    }),
    factor_covariance: Type.Array(Type.Array(loading, { maxItems: FACTORS_MAX }), {
      maxItems: FACTORS_MAX,
      description: 'Factors by factors, symmetric, of one day',
    }),
    specific_variance: Type.Array(Type.Number({ minimum: 0, maximum: 1e6 }), {
      maxItems: INSTRUMENTS_MAX,
      description: 'One an instrument, of one day',
    }),
  },
  {
    ...closed,
    title: 'FactorModel',
    description: 'Daily covariance = loadings factor_covariance loadings’ + diag(specific_variance)',
  },
);

const SESSIONS_MAX = 1_000;
const PROFILE_PARTS_MAX = 1_440;

export const tradingSessionSchema = Type.Object(
  { open_at: time('When it opens'), close_at: time('When it closes') },
  { ...closed, title: 'TradingSession' },
);

const volumeProfile = (of: string) =>
  Type.Array(Type.Number({ minimum: 0, maximum: SHARES_MAX }), {
    maxItems: PROFILE_PARTS_MAX,
    description: `Expected volumes of equally long parts of a session, in any unit. ${of}`,
  });

export const marketDataSchema = shapeOf<MarketData>()(
  Type.Object(
    {
      instruments: Type.Array(marketInstrumentSchema, { maxItems: INSTRUMENTS_MAX }),
      correlation_matrix: Type.Optional(correlationMatrixSchema),
      factor_model: Type.Optional(factorModelSchema),
      calendar: Type.Optional(
        Type.Enum(['XNYS', 'CONTINUOUS'], {
          description:
            'Whose sessions orders trade in: the New York Stock Exchange, or a market that never closes; default the service’s',
        }),
      ),
      sessions: Type.Optional(
        Type.Array(tradingSessionSchema, {
          maxItems: SESSIONS_MAX,
          description:
            'The sessions of any other market, instead of a calendar, in ascending order; the longest counts as an ordinary one',
        }),
      ),
      volume_profile: Type.Optional(volumeProfile('Of all instruments without one of their own; flat without')),
      volume_profiles: Type.Optional(
        map<number[]>(instrumentId(), volumeProfile('Of one instrument'), INSTRUMENTS_MAX, 'By instrument'),
      ),
    },
    { ...closed, title: 'MarketData', description: 'Wins over the market-data store, field by field' },
  ),
);
