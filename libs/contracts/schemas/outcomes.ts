import { Type } from 'typebox';
import type { PostedOutcome } from '#domain';
import { closed, id, price, text, time } from './primitives.js';
import { shapeOf } from './shape-of.js';

/** in one request */
const OUTCOMES_MAX = 10_000;

const postedOutcome = shapeOf<PostedOutcome>()(
  Type.Object(
    {
      signal_id: Type.Optional(id('A signal of the request; one of signal_id and decision_id')),
      decision_id: Type.Optional(id('A decision that trades')),
      entry_price: price('When it was decided, or at entry_at'),
      exit_price: price('At exit_at, in the same terms: adjusted for splits and dividends'),
      entry_at: Type.Optional(time('Default: when it was decided')),
      exit_at: time('When its horizon had passed'),
      benchmark_return: Type.Optional(
        Type.Number({ minimum: -1, maximum: 100, description: 'Over the same time; default 0' }),
      ),
    },
    { ...closed, title: 'PostedOutcome' },
  ),
);

export interface OutcomesRequest {
  readonly outcomes: readonly PostedOutcome[];
}

export const outcomesRequestSchema = shapeOf<OutcomesRequest>()(
  Type.Object(
    { outcomes: Type.Array(postedOutcome, { maxItems: OUTCOMES_MAX }) },
    { ...closed, title: 'OutcomesRequest' },
  ),
);

export const revertRequestSchema = Type.Object(
  { reason: text(500, 'Why; kept') },
  { ...closed, title: 'RevertRequest' },
);

export const learningReportSchema = Type.Object(
  {
    observations: Type.Integer({ description: 'Measured signals that were looked at' }),
    challenger: Type.Union([Type.String(), Type.Null()], {
      description: 'What was learned; null where there was too little, or a challenger waits',
    }),
    proposed: Type.Boolean({ description: 'Whether it is new' }),
    judged: Type.Array(
      Type.Object(
        { learned_state_id: Type.String(), verdict: Type.Enum(['PROMOTE', 'KEEP', 'TOO_EARLY']) },
        { ...closed, title: 'Judged' },
      ),
    ),
    champion: Type.String({ description: 'What coordinations use now' }),
  },
  { ...closed, title: 'LearningReport' },
);

/** How many were told the first time, otherwise than before, and the same. */
export interface OutcomesReceipt {
  readonly coordination_id: string;
  readonly version: number;
  readonly measured: number;
  readonly corrected: number;
  readonly unchanged: number;
}

export const outcomesReceiptSchema = shapeOf<OutcomesReceipt>()(
  Type.Object(
    {
      coordination_id: Type.String(),
      version: Type.Integer({ description: 'Of the outcomes of the coordination' }),
      measured: Type.Integer({ description: 'Rows told the first time' }),
      corrected: Type.Integer({ description: 'Rows told otherwise than before' }),
      unchanged: Type.Integer({ description: 'Posted outcomes that changed nothing' }),
    },
    { ...closed, title: 'OutcomesReceipt' },
  ),
);
