import { type TSchema, Type } from 'typebox';

/** Control characters and lone surrogates cannot be stored as text; nothing anybody means contains them. */
const PRINTABLE = '^[^\\p{Cc}\\p{Cs}]+$';

export const text = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: PRINTABLE, description });

export const id = (description: string) => text(100, description);

export const instrumentId = () => text(20, 'The instrument, as market data and portfolio name it');

export const time = (description: string) =>
  Type.String({
    format: 'date-time',
    description: `${description}; UTC, RFC 3339`,
    examples: ['2025-06-21T10:00:00.000Z'],
  });

/** from 0 to 1 */
export const fraction = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

/** above 0, up to 1 */
export const positiveFraction = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 1, description });

/** Large enough for any market, small enough that products of a few of them stay exact enough. */
export const MONEY_MAX = 1e15;
export const SHARES_MAX = 1e12;
export const PRICE_MAX = 1e9;
export const INSTRUMENTS_MAX = 20_000;

export const price = (description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: PRICE_MAX, description: `${description}, money a share` });

export const shares = (description: string) =>
  Type.Number({ minimum: -SHARES_MAX, maximum: SHARES_MAX, description: `${description}, shares; negative is short` });

/** A map from names to values. */
export const map = <T>(keys: TSchema, values: TSchema, maxProperties: number, description: string) =>
  Type.Unsafe<Record<string, T>>({
    type: 'object',
    propertyNames: keys,
    additionalProperties: values,
    maxProperties,
    description,
  });

/** Closed objects only: an unknown field is more often a misspelt one than a wish to be ignored. */
export const closed = { additionalProperties: false } as const;
