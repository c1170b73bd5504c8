import { Type } from 'typebox';
import type { PortfolioState } from '#domain';
import {
  closed,
  id,
  INSTRUMENTS_MAX,
  instrumentId,
  MONEY_MAX,
  price,
  PRICE_MAX,
  shares,
  SHARES_MAX,
  text,
  time,
} from './primitives.js';
import { shapeOf } from './shape-of.js';

const taxLotSchema = Type.Object(
  {
    lot_id: id('Unique within the position'),
    quantity: Type.Number({ exclusiveMinimum: 0, maximum: SHARES_MAX, description: 'Shares' }),
    cost_basis: Type.Number({ minimum: 0, maximum: PRICE_MAX, description: 'Money a share' }),
    acquired_at: time('When it was bought'),
  },
  { ...closed, title: 'TaxLot' },
);

const positionSchema = Type.Object(
  {
    instrument_id: instrumentId(),
    quantity: shares('What is held'),
    price: Type.Optional(price('Wins over market data')),
    sector: Type.Optional(text(100, 'Wins over market data')),
    tax_lots: Type.Optional(
      Type.Array(taxLotSchema, { maxItems: 10_000, description: 'Together the quantity of the position' }),
    ),
  },
  { ...closed, title: 'PortfolioPosition' },
);

const openOrderSchema = Type.Object(
  { instrument_id: instrumentId(), quantity: shares('What is still to be bought (positive) or sold (negative)') },
  { ...closed, title: 'OpenOrder' },
);

export const portfolioStateSchema = shapeOf<PortfolioState>()(
  Type.Object(
    {
      portfolio_id: id('The portfolio'),
      as_of: time('When the state held'),
      currency: Type.Optional(text(10, 'Of all money here')),
      cash: Type.Number({ minimum: -MONEY_MAX, maximum: MONEY_MAX, description: 'Money; negative is borrowed' }),
      positions: Type.Array(positionSchema, { maxItems: INSTRUMENTS_MAX }),
      open_orders: Type.Optional(Type.Array(openOrderSchema, { maxItems: INSTRUMENTS_MAX })),
    },
    { ...closed, title: 'PortfolioState' },
  ),
);
