import { Type } from 'typebox';
import type {
  ExecutionFinished,
  ExecutionReplanned,
  ExecutionStarted,
  FillsRecorded,
  OrdersCancelled,
  OrdersExpired,
  PricesObserved,
} from '#domain';
import { timingRecommendationSchema } from '../schemas/coordination-response.js';
import {
  cutSharesSchema,
  orderShortfallSchema,
  recordedFillSchema,
  releasedSharesProperties,
  replanReason,
  shortfallSplitSchema,
} from '../schemas/execution.js';
import { closed } from '../schemas/primitives.js';
import { shapeOf } from '../schemas/shape-of.js';

const coordination_id = Type.String();
const instant = (description: string) => Type.String({ format: 'date-time', description });
const perShare = (description: string) => Type.Number({ description: `${description}; money a share` });
const adv = () => Type.Optional(Type.Number({ description: 'Shares a day; absent where unknown' }));
const releasedShares = Type.Object(releasedSharesProperties, { ...closed, title: 'ReleasedShares' });

export const executionStartedSchema = shapeOf<ExecutionStarted['data']>()(
  Type.Object(
    {
      coordination_id,
      portfolio_id: Type.String(),
      stored_portfolio: Type.Boolean({ description: 'Whether fills and releases go to the portfolio’s stream too' }),
      currency: Type.Optional(Type.String({ description: 'Of the portfolio, where it states one' })),
      orders: Type.Array(
        Type.Object(
          {
            decision_id: Type.String(),
            instrument_id: Type.String(),
            quantity: Type.Number({ description: 'Shares, as decided; negative sells' }),
            decision_price: perShare('What it was decided at'),
            volatility: Type.Number({ description: 'Of one day' }),
            half_spread: Type.Number({ description: 'Fraction of the price' }),
            adv: adv(),
          },
          { ...closed, title: 'StartedOrder' },
        ),
      ),
    },
    {
      ...closed,
      description: 'Something happened to the plan of a coordination for the first time: what it will be measured by.',
    },
  ),
);

export const fillsRecordedSchema = shapeOf<FillsRecorded['data']>()(
  Type.Object(
    {
      coordination_id,
      fills: Type.Array(recordedFillSchema),
    },
    { ...closed, description: 'Fills were reported that were not known before.' },
  ),
);

export const pricesObservedSchema = shapeOf<PricesObserved['data']>()(
  Type.Object(
    {
      coordination_id,
      as_of: instant('When they held'),
      prices: Type.Array(
        Type.Object({ instrument_id: Type.String(), price: perShare('The last'), adv: adv() }, closed),
      ),
    },
    { ...closed, description: 'What the market is was told while the plan was open.' },
  ),
);

export const ordersCancelledSchema = shapeOf<OrdersCancelled['data']>()(
  Type.Object(
    {
      coordination_id,
      cancelled_at: instant('Fills executed until then count, whenever they are reported'),
      reason: Type.String(),
      orders: Type.Array(releasedShares),
    },
    { ...closed, description: 'What was open of some decisions was taken back.' },
  ),
);

export const ordersExpiredSchema = shapeOf<OrdersExpired['data']>()(
  Type.Object(
    {
      coordination_id,
      expired_at: instant('After which nothing can have been filled'),
      orders: Type.Array(releasedShares),
    },
    { ...closed, description: 'The plan ended with shares left.' },
  ),
);

export const executionReplannedSchema = shapeOf<ExecutionReplanned['data']>()(
  Type.Object(
    {
      coordination_id,
      as_of: instant('When, in the time of the plan’s market'),
      reason: replanReason(),
      explanation: Type.String({ description: 'The numbers behind it' }),
      plans: Type.Array(
        Type.Object(
          {
            decision_id: Type.String(),
            quantity: Type.Number({ description: 'Shares still to trade; negative sells' }),
            price: perShare('What it was planned with'),
            adv: adv(),
            timing_recommendation: timingRecommendationSchema,
          },
          { ...closed, title: 'PlannedOrder' },
        ),
      ),
      released: Type.Array(cutSharesSchema, { description: 'What no longer fits under the limits' }),
    },
    {
      ...closed,
      description: 'What was left of an execution was planned again, under the limits it was decided with.',
    },
  ),
);

export const executionFinishedSchema = shapeOf<ExecutionFinished['data']>()(
  Type.Object(
    {
      coordination_id,
      portfolio_id: Type.String(),
      status: Type.Enum(['DONE', 'CANCELLED', 'EXPIRED']),
      shortfall: Type.Object(
        { orders: Type.Array(orderShortfallSchema), total: shortfallSplitSchema },
        { ...closed, title: 'ImplementationShortfall' },
      ),
    },
    {
      ...closed,
      description:
        'Nothing of an execution is open any more; what it cost. A fill reported later is followed by another such event.',
    },
  ),
);
