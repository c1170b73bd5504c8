import { Type } from 'typebox';
import type { LearnedStateJudged, LearnedStatePromoted, LearnedStateProposed, LearnedStateReverted } from '#domain';
import { closed } from '../schemas/primitives.js';
import { shapeOf } from '../schemas/shape-of.js';

const row = <P extends Parameters<typeof Type.Object>[0]>(title: string, properties: P) =>
  Type.Object(properties, { ...closed, title });

const state = row('LearnedState', {
  learned_state_id: Type.String({ description: 'SHA-256 of the canonical JSON of the other fields, hex' }),
  reliabilities: Type.Array(row('Reliability', { source: Type.String(), reliability: Type.Number() })),
  regime_multipliers: Type.Array(
    row('RegimeMultiplier', {
      source: Type.String(),
      regime: Type.Enum(['CALM', 'NORMAL', 'STRESSED']),
      multiplier: Type.Number(),
    }),
  ),
  error_correlations: Type.Array(row('ErrorCorrelation', { a: Type.String(), b: Type.String(), rho: Type.Number() })),
  calibration: Type.Optional(Type.Array(row('CalibrationPoint', { stated: Type.Number(), hit_rate: Type.Number() }))),
  zeta: Type.Optional(Type.Number({ description: 'Scale of views without an expected return' })),
  half_lives: Type.Optional(
    Type.Array(row('HalfLife', { source: Type.String(), days: Type.Number({ description: 'Trading days' }) })),
  ),
});

const test = row('PromotionTest', {
  verdict: Type.Enum(['PROMOTE', 'KEEP', 'TOO_EARLY']),
  look: Type.Integer(),
  blocks: Type.Integer({ description: 'Of coordinations whose outcomes overlap' }),
  mean_difference: Type.Number({ description: 'Utility of the challenger less that of the champion, fraction of NAV' }),
  p_value_t: Type.Number(),
  p_value_bootstrap: Type.Union([Type.Number(), Type.Null()]),
  threshold: Type.Number({ description: 'That both p-values had to be below at this look' }),
});

export const learnedStateProposedSchema = shapeOf<LearnedStateProposed['data']>()(
  Type.Object(
    { state, learned_until: Type.String({ format: 'date-time' }), observations: Type.Integer() },
    { ...closed, description: 'A challenger, which is not used before it was promoted.' },
  ),
);

export const learnedStateJudgedSchema = shapeOf<LearnedStateJudged['data']>()(
  Type.Object(
    { learned_state_id: Type.String(), test },
    { ...closed, description: 'A challenger was looked at and not promoted; the next look is stricter.' },
  ),
);

export const learnedStatePromotedSchema = shapeOf<LearnedStatePromoted['data']>()(
  Type.Object(
    { learned_state_id: Type.String(), replaces: Type.String(), test },
    { ...closed, description: 'A challenger won out of sample and is used from here on.' },
  ),
);

export const learnedStateRevertedSchema = shapeOf<LearnedStateReverted['data']>()(
  Type.Object(
    { learned_state_id: Type.String(), replaces: Type.String(), reason: Type.String() },
    { ...closed, description: 'The learned state before came back.' },
  ),
);
