import { Type } from 'typebox';
import type { CoordinationRequest } from '#domain';
import { coordinationParametersSchema } from './coordination-parameters.js';
import { marketDataSchema } from './market-data.js';
import { portfolioStateSchema } from './portfolio-state.js';
import { shapeOf } from './shape-of.js';
import { closed, fraction, id, INSTRUMENTS_MAX, instrumentId, MONEY_MAX, price, shares, time } from './primitives.js';

const SIGNALS_MAX = 10_000;
export const BATCH_MAX = 100;

const days = (description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 2_520, description: `${description}, trading days` });

const tradingSignalSchema = Type.Object(
  {
    signal_id: id('Unique within the request'),
    source: id('Who says so; its learned reliability weighs the signal'),
    instrument_id: instrumentId(),
    action: Type.Enum(['BUY', 'SELL', 'HOLD']),
    strength: fraction('How far'),
    confidence: fraction('How sure the source is'),
    generated_at: time('When the source said so'),
    horizon_days: Type.Optional(days('How long it should hold; default 5')),
    half_life_days: Type.Optional(days('After which it counts half; default half the horizon')),
    expires_at: Type.Optional(time('From when it no longer counts')),
    expected_return: Type.Optional(
      Type.Number({ minimum: -1, maximum: 100, description: 'Over its own horizon; takes the place of the strength' }),
    ),
    strategy: Type.Optional(id('For `strategy:NAME` in priority_weights')),
    metadata: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({ type: 'object', maxProperties: 100, description: 'Kept, not used' }),
    ),
  },
  { ...closed, title: 'TradingSignal' },
);

const rebalanceTargetSchema = Type.Object(
  {
    instrument_id: instrumentId(),
    target_weight: Type.Number({ minimum: -1, maximum: 1, description: 'Fraction of NAV' }),
  },
  { ...closed, title: 'RebalanceTarget' },
);

const cashFlowSchema = Type.Object(
  {
    amount: Type.Number({ minimum: -MONEY_MAX, maximum: MONEY_MAX, description: 'Money that comes; negative goes' }),
    at: Type.Optional(time('When; default now. It counts until a state of the portfolio from after it is told')),
  },
  { ...closed, title: 'CashFlow' },
);

export const rebalanceRequestSchema = Type.Object(
  {
    rebalance_id: id('Unique within the request'),
    targets: Type.Array(rebalanceTargetSchema, { maxItems: INSTRUMENTS_MAX }),
    reason: Type.Optional(Type.Enum(['DRIFT', 'CASH_FLOW', 'RISK', 'INDEX_CHANGE', 'TAX_LOSS', 'OTHER'])),
    priority: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, default: 5 })),
    deadline: Type.Optional(time('By when; on its last trading day the tolerance is a limit')),
    tolerance: Type.Optional(fraction('Distance from the target that is near enough: nothing is asked for within it')),
    tax_sensitive: Type.Optional(Type.Boolean()),
    tax_sensitivity: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 100,
        description: 'How much tax weighs in the trades it asks for, in place of `tax` of priority_weights',
      }),
    ),
    cash_flow: Type.Optional(cashFlowSchema),
  },
  { ...closed, title: 'RebalanceRequest' },
);

const gains = (description: string) =>
  Type.Number({ minimum: -MONEY_MAX, maximum: MONEY_MAX, description: `${description}, losses negative, money` });

export const recordedTradeSchema = Type.Object(
  {
    account: id('Whose; any account or portfolio of the same taxpayer'),
    instrument_id: instrumentId(),
    quantity: shares('Bought (positive) or sold'),
    traded_at: time('When; in the future where it is planned'),
    price: Type.Optional(price('Kept, not used')),
    realised_gain: Type.Optional(gains('Of a sale')),
  },
  { ...closed, title: 'RecordedTrade' },
);

const lotsToSellSchema = Type.Object(
  {
    instrument_id: instrumentId(),
    lot_ids: Type.Array(id('Of a tax lot of the position'), {
      maxItems: 10_000,
      description: 'None: the instrument is not sold',
    }),
  },
  { ...closed, title: 'LotsToSell' },
);

/** What a request says of tax beside the parameters. */
export const taxFactProperties = {
  recorded_trades: Type.Optional(
    Type.Array(recordedTradeSchema, {
      maxItems: 20_000,
      description: 'Trades of any account within 30 days before or after: a purchase disallows losses (wash sale)',
    }),
  ),
  realised_gains_to_date: Type.Optional(
    Type.Object(
      {
        short_term: Type.Optional(gains('Net short-term gains')),
        long_term: Type.Optional(gains('Net long-term gains')),
      },
      { ...closed, description: 'Of the tax year so far, a loss carried forward included; counts in tax.gain_budget' },
    ),
  ),
  lots_to_sell: Type.Optional(
    Type.Array(lotsToSellSchema, {
      maxItems: INSTRUMENTS_MAX,
      description:
        'With tax.lot_method SPECIFIC: the only lots of these instruments that may be sold, in this order; of others least tax goes first',
    }),
  ),
};

export const coordinationRequestSchema = shapeOf<CoordinationRequest>()(
  Type.Object(
    {
      signals: Type.Array(tradingSignalSchema, {
        maxItems: SIGNALS_MAX,
        description: 'May be empty: then nothing new is asked',
      }),
      portfolio_state: Type.Optional(portfolioStateSchema),
      portfolio_id: Type.Optional(id('A stored portfolio, in place of portfolio_state')),
      rebalance_requests: Type.Optional(Type.Array(rebalanceRequestSchema, { maxItems: 100 })),
      coordination_parameters: Type.Optional(coordinationParametersSchema),
      config_name: Type.Optional(id('A stored configuration; coordination_parameters override it')),
      market_data: Type.Optional(marketDataSchema),
      ...taxFactProperties,
      wash_sale_portfolios: Type.Optional(
        Type.Array(id('A stored portfolio'), {
          maxItems: 100,
          uniqueItems: true,
          description:
            'Of the same taxpayer: their lots bought, recorded fills and open orders to buy within 30 days count as recorded trades',
        }),
      ),
      as_of: Type.Optional(time('The time of the decision; default: now')),
    },
    {
      ...closed,
      title: 'CoordinationRequest',
      description: 'Either portfolio_state or portfolio_id. The coordination_id is given by the service.',
    },
  ),
);

export const batchRequestSchema = Type.Array(coordinationRequestSchema, {
  maxItems: BATCH_MAX,
  title: 'CoordinationRequestList',
});
