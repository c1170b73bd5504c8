import { Type } from 'typebox';
import { closed, fraction, INSTRUMENTS_MAX, instrumentId, SHARES_MAX, text } from './primitives.js';

const ADJUSTMENTS_MAX = 10_000;

const day = (description: string) => Type.String({ format: 'date', description, examples: ['2024-01-31'] });

const instrumentSchema = Type.Object(
  {
    instrument_id: instrumentId(),
    name: Type.Optional(text(200, 'For people')),
    sector: Type.Optional(text(100, 'For the sector limit')),
    lot_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 1e9, default: 1, description: 'Shares' })),
    half_spread: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'Fraction of the price; default: estimated from the price' }),
    ),
    adv: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: SHARES_MAX,
        description: 'Average daily volume, shares; default: measured from the bars',
      }),
    ),
    short_term_tax_rate: Type.Optional(fraction('Of a gain')),
    long_term_tax_rate: Type.Optional(fraction('Of a gain')),
    delisted_on: Type.Optional(day('The last day of trading')),
  },
  { ...closed, title: 'Instrument', description: 'What is known of an instrument apart from its bars' },
);

export const instrumentListSchema = Type.Array(instrumentSchema, {
  maxItems: INSTRUMENTS_MAX,
  title: 'InstrumentList',
});

const factor = (description: string) => Type.Number({ minimum: 1e-6, maximum: 1e6, description });

const priceAdjustmentSchema = Type.Object(
  {
    instrument_id: instrumentId(),
    day: day('The first day of the new price'),
    ratio: Type.Optional(factor('Of a split: new shares for one old share, 4 for 4:1, 0.1 for 1:10; 1 undoes it')),
    price_factor: Type.Optional(
      factor('Of a spin-off or a special dividend: what closes before the day are multiplied by; 1 undoes it'),
    ),
  },
  { ...closed, title: 'PriceAdjustment', description: 'Either ratio or price_factor' },
);

export const priceAdjustmentListSchema = Type.Array(priceAdjustmentSchema, {
  maxItems: ADJUSTMENTS_MAX,
  title: 'PriceAdjustmentList',
});

const count = (description: string) => Type.Integer({ minimum: 0, description });

const rejectedRowSchema = Type.Object(
  {
    line: Type.Integer({ minimum: 1, description: 'The header of a CSV file counts' }),
    pointer: Type.String({ description: 'The field or column; empty for the whole line' }),
    message: Type.String(),
    accepted: Type.Optional(Type.String({ description: 'What would be accepted' })),
  },
  { ...closed, title: 'RejectedRow' },
);

/** The answer to an import of bars. */
export const barImportSchema = Type.Object(
  {
    rows: count('Lines with something on them, without the header: accepted + rejected_total'),
    accepted: count('inserted + corrected + unchanged + duplicates'),
    inserted: count('New bars'),
    corrected: count('Bars of which another close or volume was stored'),
    unchanged: count('Bars that were stored like that already'),
    duplicates: count('Rows whose instrument and day an earlier line has too; the last one wins'),
    rejected_total: count('Rows that are no bars'),
    rejected: Type.Array(rejectedRowSchema, { description: 'The first 1,000 of them, by line' }),
    instruments_created: count('Because of create_instruments=true'),
    first_day: Type.Union([day('Of the accepted rows'), Type.Null()]),
    last_day: Type.Union([day('Of the accepted rows'), Type.Null()]),
    warnings: Type.Array(Type.String()),
  },
  { ...closed, title: 'BarImport' },
);
