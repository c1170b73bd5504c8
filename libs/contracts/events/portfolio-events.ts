import { Type } from 'typebox';
import type {
  CoordinationApplied,
  OrdersReleased,
  PortfolioFilled,
  PortfolioStateSet,
  RebalanceCancelled,
  RebalanceRequested,
} from '#domain';
import { rebalanceRequestSchema } from '../schemas/coordination-request.js';
import { rebalanceProgressSchema as progress } from '../schemas/coordination-response.js';
import { portfolioStateSchema } from '../schemas/portfolio-state.js';
import { closed } from '../schemas/primitives.js';
import { shapeOf } from '../schemas/shape-of.js';

const instrument_id = Type.String();
const signedShares = (description: string) => Type.Number({ description: `${description}; shares, negative sells` });

const pendingOrder = Type.Object(
  {
    coordination_id: Type.Optional(Type.String({ description: 'Absent where Portfolio Management told of the order' })),
    decision_id: Type.Optional(Type.String()),
    instrument_id,
    quantity: signedShares('What is neither filled nor released'),
  },
  { ...closed, title: 'PendingOrder' },
);

const carried = Type.Object(
  {
    orders: Type.Array(pendingOrder),
    rebalances: Type.Array(
      Type.Object(
        { request: rebalanceRequestSchema, progress: Type.Optional(progress) },
        { ...closed, title: 'QueuedRebalance' },
      ),
    ),
    closed_rebalances: Type.Array(
      Type.Object({ rebalance_id: Type.String(), status: Type.Enum(['DONE', 'CANCELLED']) }, closed),
      { description: 'The newest ones, oldest first' },
    ),
  },
  {
    ...closed,
    title: 'CarriedOver',
    description: 'Everything that stays from before: nothing before this event need be read',
  },
);

export const portfolioStateSetSchema = shapeOf<PortfolioStateSet['data']>()(
  Type.Object(
    { portfolio_id: Type.String(), state: portfolioStateSchema, carried: Type.Optional(carried) },
    {
      ...closed,
      description:
        'Portfolio Management told the state of a portfolio. Open orders that it names replace those known; where it names none, those stay.',
    },
  ),
);

export const rebalanceRequestedSchema = shapeOf<RebalanceRequested['data']>()(
  Type.Object(
    { portfolio_id: Type.String(), request: rebalanceRequestSchema },
    { ...closed, description: 'A rebalance request was queued for the next coordination of the stored portfolio.' },
  ),
);

export const rebalanceCancelledSchema = shapeOf<RebalanceCancelled['data']>()(
  Type.Object(
    { portfolio_id: Type.String(), rebalance_id: Type.String() },
    { ...closed, description: 'A queued rebalance request was taken back.' },
  ),
);

export const coordinationAppliedSchema = shapeOf<CoordinationApplied['data']>()(
  Type.Object(
    {
      portfolio_id: Type.String(),
      coordination_id: Type.String(),
      orders: Type.Array(
        Type.Object({ decision_id: Type.String(), instrument_id, quantity: signedShares('What was decided') }, closed),
      ),
      rebalances: Type.Array(progress),
    },
    {
      ...closed,
      description:
        'A coordination was decided on the stored portfolio, as it was at the version before this event; its orders are pending.',
    },
  ),
);

const fill = Type.Object(
  {
    fill_id: Type.String(),
    decision_id: Type.String(),
    instrument_id,
    quantity: signedShares('What was filled'),
    price: Type.Number({ description: 'Money a share' }),
    costs: Type.Optional(Type.Number({ description: 'Money, beside the price' })),
    filled_at: Type.String({ format: 'date-time' }),
    lots: Type.Optional(
      Type.Array(Type.Object({ lot_id: Type.String(), quantity: Type.Number() }, closed), {
        description: 'The tax lots that a sale took; the oldest ones where it does not say',
      }),
    ),
  },
  { ...closed, title: 'PortfolioFill' },
);

export const portfolioFilledSchema = shapeOf<PortfolioFilled['data']>()(
  Type.Object(
    { portfolio_id: Type.String(), coordination_id: Type.String(), fills: Type.Array(fill) },
    {
      ...closed,
      description:
        'Orders were filled: cash, positions and tax lots follow. A fill from before the time of the state that was told is in that state already and only settles its order.',
    },
  ),
);

export const ordersReleasedSchema = shapeOf<OrdersReleased['data']>()(
  Type.Object(
    {
      portfolio_id: Type.String(),
      coordination_id: Type.String(),
      orders: Type.Array(
        Type.Object(
          {
            decision_id: Type.String(),
            instrument_id,
            quantity: signedShares('What will not be filled'),
            reason: Type.Enum(['CANCELLED', 'EXPIRED', 'REPLANNED']),
          },
          closed,
        ),
      ),
    },
    { ...closed, description: 'Parts of orders that will not be filled: they are no longer pending.' },
  ),
);
