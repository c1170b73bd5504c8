import { Type } from 'typebox';
import { rebalanceRequestSchema } from './coordination-request.js';
import { rebalanceProgressSchema } from './coordination-response.js';
import { closed, id } from './primitives.js';

const { rebalance_id: _, ...asked } = rebalanceRequestSchema.properties;

/** What is posted to queue a rebalance request. */
export const queuedRebalanceRequestSchema = Type.Object(
  {
    portfolio_id: id('The stored portfolio'),
    rebalance_id: Type.Optional(id('Unique within the portfolio; default one that is made')),
    ...asked,
  },
  { ...closed, title: 'QueuedRebalanceRequest' },
);

export const rebalanceReceiptSchema = Type.Object(
  {
    portfolio_id: Type.String(),
    rebalance_id: Type.String(),
    status: Type.Enum(['QUEUED', 'CANCELLED']),
    version: Type.Integer({ description: 'Of the portfolio’s stream' }),
  },
  { ...closed, title: 'RebalanceReceipt' },
);

/** A queued rebalance request and how far it is done. */
const rebalanceRecordSchema = Type.Object(
  {
    portfolio_id: Type.String(),
    rebalance_id: Type.String(),
    status: Type.Enum(['QUEUED', 'PARTLY_DONE', 'DONE', 'CANCELLED', 'OVERDUE']),
    requested_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({
      format: 'date-time',
      description: 'When a coordination or a cancellation last changed it',
    }),
    request: rebalanceRequestSchema,
    progress: Type.Union([rebalanceProgressSchema, Type.Null()], {
      description: 'Of the last coordination that took it up',
    }),
    coordination_id: Type.Union([Type.String(), Type.Null()], { description: 'That coordination' }),
  },
  { ...closed, title: 'RebalanceRecord' },
);

export const rebalanceListSchema = Type.Object(
  { rebalance_requests: Type.Array(rebalanceRecordSchema) },
  { ...closed, title: 'RebalanceList' },
);
