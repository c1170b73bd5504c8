import { Type } from 'typebox';
import type { RiskModelPublished } from '#domain';
import { factorModelSchema, marketInstrumentSchema } from '../schemas/market-data.js';
import { closed } from '../schemas/primitives.js';
import { riskModelReportSchema } from '../schemas/risk-model.js';
import { shapeOf } from '../schemas/shape-of.js';

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

export const riskModelPublishedSchema = shapeOf<RiskModelPublished['data']>()(
  Type.Object(
    { model, report: Type.Optional(riskModelReportSchema) },
    {
      ...closed,
      description: 'An immutable version of what the service believes of the market, and how it came about.',
    },
  ),
);
