import { Type } from 'typebox';
import { closed } from './primitives.js';

const row = <P extends Parameters<typeof Type.Object>[0]>(title: string, properties: P) =>
  Type.Object(properties, { ...closed, title });

export const learnedStateSchema = row('LearnedState', {
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

export const promotionTestSchema = row('PromotionTest', {
  verdict: Type.Enum(['PROMOTE', 'KEEP', 'TOO_EARLY']),
  look: Type.Integer(),
  blocks: Type.Integer({ description: 'Of coordinations whose outcomes overlap' }),
  mean_difference: Type.Number({ description: 'Utility of the challenger less that of the champion, fraction of NAV' }),
  p_value_t: Type.Number(),
  p_value_bootstrap: Type.Union([Type.Number(), Type.Null()]),
  threshold: Type.Number({ description: 'That both p-values had to be below at this look' }),
});
