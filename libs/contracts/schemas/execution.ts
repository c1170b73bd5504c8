import { Type } from 'typebox';
import type {
  CancelOrders,
  ExecutionAnswer,
  ExecutionView,
  MarketUpdate,
  OrderShortfallSplit,
  RecordedFill,
  ReportedFill,
} from '#domain';
import { timingRecommendationSchema } from './coordination-response.js';
import { closed, id, INSTRUMENTS_MAX, instrumentId, MONEY_MAX, price, SHARES_MAX, text, time } from './primitives.js';
import { shapeOf } from './shape-of.js';

/** in one request */
const FILLS_MAX = 10_000;

const adv = () =>
  Type.Number({ exclusiveMinimum: 0, maximum: SHARES_MAX, description: 'Shares expected to trade a day' });

const reportedFillSchema = shapeOf<ReportedFill>()(
  Type.Object(
    {
      fill_id: id('Names the fill within the coordination for good: the same again changes nothing'),
      decision_id: id('The decision it belongs to; it gives the direction'),
      quantity: Type.Number({ exclusiveMinimum: 0, maximum: SHARES_MAX, description: 'Shares' }),
      price: price('What was paid or received'),
      filled_at: time('When it was executed; reports may come in any order'),
      costs: Type.Optional(
        Type.Number({
          minimum: -MONEY_MAX,
          maximum: MONEY_MAX,
          description: 'Commission, fees and taxes of the fill, money; negative is a rebate',
        }),
      ),
      currency: Type.Optional(text(10, 'Must be that of the portfolio')),
      venue: Type.Optional(text(50, 'Where it was executed; kept')),
    },
    { ...closed, title: 'Fill' },
  ),
);

export interface FillsRequest {
  readonly fills: readonly ReportedFill[];
}

export const fillsRequestSchema = shapeOf<FillsRequest>()(
  Type.Object({ fills: Type.Array(reportedFillSchema, { maxItems: FILLS_MAX }) }, { ...closed, title: 'FillsRequest' }),
);

export const cancelRequestSchema = shapeOf<CancelOrders>()(
  Type.Object(
    {
      decision_ids: Type.Optional(
        Type.Array(id('A decision'), { maxItems: INSTRUMENTS_MAX, description: 'Default: every one with open shares' }),
      ),
      reason: text(500, 'Why; kept'),
      cancelled_at: Type.Optional(time('When it took effect, default now: fills executed until then count')),
    },
    { ...closed, title: 'CancelRequest' },
  ),
);

export const marketUpdateSchema = shapeOf<MarketUpdate>()(
  Type.Object(
    {
      as_of: time('When the prices held'),
      prices: Type.Array(
        Type.Object({ instrument_id: instrumentId(), price: price('The last'), adv: Type.Optional(adv()) }, closed),
        { maxItems: INSTRUMENTS_MAX },
      ),
    },
    { ...closed, title: 'MarketUpdate' },
  ),
);

const number = (description: string) => Type.Number({ description });
const instant = (description: string) => Type.String({ format: 'date-time', description });
const status = () => Type.Enum(['PLANNED', 'WORKING', 'DONE', 'CANCELLED', 'EXPIRED']);

const splitProperties = {
  spread: number('Half the spread at arrival, of what was filled'),
  impact: number('What was paid beyond arrival and spread'),
  delay: number('The move between decision and arrival, of what was filled'),
  opportunity: number('The move since the decision, of what was not filled'),
  fees: number('The costs of the fills'),
  total: number('The sum of the five, exactly'),
  total_bps: number('Of the decided amount at the decision price'),
};

export const shortfallSplitSchema = Type.Object(splitProperties, {
  ...closed,
  title: 'ShortfallSplit',
  description: 'Implementation shortfall (Perold 1988), money; negative is a gain',
});

export const orderShortfallSchema = shapeOf<OrderShortfallSplit>()(
  Type.Object({ decision_id: Type.String(), ...splitProperties }, { ...closed, title: 'OrderShortfallSplit' }),
);

export const replanReason = () => Type.Enum(['PARTIAL_FILL', 'PRICE_MOVE', 'VOLUME_SHORTFALL', 'ORDERS_CANCELLED']);

export const releasedSharesProperties = {
  decision_id: Type.String(),
  instrument_id: Type.String(),
  quantity: number('Shares that will not be filled; negative of a sale'),
};

export const cutSharesSchema = Type.Object(
  { ...releasedSharesProperties, limit: Type.String({ description: 'The limit under which it no longer fits' }) },
  { ...closed, title: 'CutShares' },
);

export const recordedFillSchema = shapeOf<RecordedFill>()(
  Type.Object(
    {
      fill_id: Type.String(),
      decision_id: Type.String(),
      instrument_id: Type.String(),
      quantity: number('Shares; negative sold'),
      price: number('What was paid or received; money a share'),
      costs: Type.Optional(number('Money, beside the price; negative is a rebate')),
      currency: Type.Optional(Type.String()),
      venue: Type.Optional(Type.String()),
      filled_at: instant('When it was executed'),
    },
    { ...closed, title: 'RecordedFill' },
  ),
);

const replanSchema = Type.Object(
  {
    as_of: instant('When'),
    reason: replanReason(),
    explanation: Type.String({ description: 'The numbers behind it' }),
    released: Type.Array(cutSharesSchema),
  },
  { ...closed, title: 'Replan' },
);

const orderSchema = Type.Object(
  {
    decision_id: Type.String(),
    instrument_id: Type.String(),
    action: Type.Enum(['BUY', 'SELL']),
    status: status(),
    quantity: number('Shares, as decided'),
    filled_quantity: number('Shares'),
    open_quantity: number('Shares that are still to be filled'),
    released_quantity: number('Shares that will not be filled'),
    releases: Type.Array(
      Type.Object(
        {
          quantity: number('Shares, as far as was known then'),
          reason: Type.Enum(['CANCELLED', 'EXPIRED', 'REPLANNED']),
          at: instant('Fills executed until then count'),
          why: Type.String(),
        },
        closed,
      ),
    ),
    fills: Type.Integer({ description: 'How many were reported' }),
    decision_price: Type.Optional(number('Money a share; absent until something happened to the plan')),
    arrival_price: Type.Optional(
      number('Money a share: the last that was told of until the first fill, else that of the decision'),
    ),
    vwap: Type.Optional(number('Money a share, over the fills')),
    slippage_bps: Type.Optional(number('What was paid above the decision price, or received below it')),
    arrival_slippage_bps: Type.Optional(number('The same against the arrival price')),
    costs: number('Money'),
    plan: timingRecommendationSchema,
    shortfall: Type.Optional(orderShortfallSchema),
  },
  { ...closed, title: 'ExecutionOrder' },
);

export const executionSchema = shapeOf<ExecutionView>()(
  Type.Object(
    {
      coordination_id: Type.String(),
      version: Type.Integer({ description: 'How many events tell of it; 0 until something happened to the plan' }),
      portfolio_id: Type.Optional(Type.String()),
      status: status(),
      as_of: instant('Of the decision'),
      expires_at: instant('What is open then expires'),
      orders: Type.Array(orderSchema, { description: 'In the order in which they should trade' }),
      total: Type.Object(
        {
          decided_notional: number('Money, at the decision prices; 0 until something happened to the plan'),
          filled_notional: number('Money, at the prices of the fills'),
          progress: number('Filled part of what was decided, 0 to 1'),
          costs: number('Money'),
          slippage_bps: Type.Optional(number('Against the decision prices, of what was filled')),
        },
        closed,
      ),
      replans: Type.Array(replanSchema, { description: 'How often the rest was planned again, oldest first' }),
      shortfall: Type.Optional(shortfallSplitSchema),
      fills: Type.Optional(
        Type.Array(recordedFillSchema, { description: 'By decision, as they were executed; with fills=true' }),
      ),
    },
    { ...closed, title: 'Execution' },
  ),
);

export const executionAnswerSchema = shapeOf<ExecutionAnswer>()(
  Type.Object(
    {
      accepted: Type.Integer({ description: 'Fills recorded now' }),
      duplicates: Type.Array(Type.String(), { description: 'Fills that were known: nothing changed' }),
      replanned: Type.Optional(replanSchema),
      warnings: Type.Array(Type.String(), {
        description: 'What could not be done at once, and is tried again with the next report',
      }),
      execution: executionSchema,
    },
    {
      ...closed,
      title: 'ExecutionAnswer',
      description:
        'The orders of `execution` are those that the request was about; all of them where the plan changed or nothing is open any more',
    },
  ),
);
