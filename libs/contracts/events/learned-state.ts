import { Type } from 'typebox';
import type { LearnedStateJudged, LearnedStatePromoted, LearnedStateProposed, LearnedStateReverted } from '#domain';
import { learnedStateSchema, promotionTestSchema } from '../schemas/learned-state.js';
import { closed } from '../schemas/primitives.js';
import { shapeOf } from '../schemas/shape-of.js';

export const learnedStateProposedSchema = shapeOf<LearnedStateProposed['data']>()(
  Type.Object(
    { state: learnedStateSchema, learned_until: Type.String({ format: 'date-time' }), observations: Type.Integer() },
    { ...closed, description: 'A challenger, which is not used before it was promoted.' },
  ),
);

export const learnedStateJudgedSchema = shapeOf<LearnedStateJudged['data']>()(
  Type.Object(
    { learned_state_id: Type.String(), test: promotionTestSchema },
    { ...closed, description: 'A challenger was looked at and not promoted; the next look is stricter.' },
  ),
);

export const learnedStatePromotedSchema = shapeOf<LearnedStatePromoted['data']>()(
  Type.Object(
    { learned_state_id: Type.String(), replaces: Type.String(), test: promotionTestSchema },
    { ...closed, description: 'A challenger won out of sample and is used from here on.' },
  ),
);

export const learnedStateRevertedSchema = shapeOf<LearnedStateReverted['data']>()(
  Type.Object(
    { learned_state_id: Type.String(), replaces: Type.String(), reason: Type.String() },
    { ...closed, description: 'The learned state before came back.' },
  ),
);
