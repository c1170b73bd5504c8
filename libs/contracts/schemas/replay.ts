import { Type } from 'typebox';
import type { ReplayRequest } from '#domain';
import { coordinationParametersSchema } from './coordination-parameters.js';
import { closed, text, time } from './primitives.js';
import { shapeOf } from './shape-of.js';

const position = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });

export const replayRequestSchema = shapeOf<ReplayRequest>()(
  Type.Object(
    {
      mode: Type.Enum(['verify', 'what-if'], {
        description: 'verify: compare with the recorded bytes; what-if: the same inputs under another configuration',
      }),
      range: Type.Optional(
        Type.Object(
          {
            from: Type.Optional(time('Recorded at or after it')),
            to: Type.Optional(time('Recorded before it')),
            from_position: Type.Optional(position('The first position of the log')),
            to_position: Type.Optional(position('The last position of the log')),
            portfolio_id: Type.Optional(text(100, 'Coordinations of this portfolio')),
          },
          { ...closed, description: 'Each bound narrows it; default: the whole log' },
        ),
      ),
      config_name: Type.Optional(text(100, 'what-if: a stored configuration in place of the one that was used')),
      coordination_parameters: Type.Optional(coordinationParametersSchema),
    },
    { ...closed, title: 'ReplayRequest' },
  ),
);

const figures = Type.Object(
  {},
  { additionalProperties: { type: 'number' }, description: 'Means over what was compared' },
);
const counted = (description: string) => Type.Integer({ minimum: 0, description });
const faults = Type.Array(
  Type.Object({
    coordination_id: Type.String(),
    position: Type.String({ description: 'Of its completed event' }),
    recorded_engine_version: Type.String(),
    reason: Type.String(),
    differences: Type.Array(
      Type.Object({ pointer: Type.String(), recorded: Type.Optional(Type.Any()), replayed: Type.Optional(Type.Any()) }),
    ),
  }),
  { description: 'The first few, by position, with the first places that differ' },
);

/** A replay with its progress and what it found so far. */
export const replayJobSchema = Type.Object(
  {
    replay_id: Type.String({ format: 'uuid' }),
    mode: Type.Enum(['verify', 'what-if']),
    request: replayRequestSchema,
    status: Type.Enum(['QUEUED', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED']),
    progress: Type.Object({
      done: counted('Coordinations decided again'),
      total: counted('Coordinations in the range'),
      eta_seconds: Type.Union([Type.Number(), Type.Null()]),
    }),
    report: Type.Union([
      Type.Object({
        verified: counted('The recorded bytes'),
        different: counted('Other bytes, or not the bytes that were hashed'),
        other_engine: counted('Other bytes, decided by another engine version than runs here'),
        failed: counted('An input is lacking or unreadable'),
        faults,
      }),
      Type.Object({
        compared: counted('Coordinations compared'),
        coordinations_changed: counted('With another trade at least'),
        decisions_changed: counted('Trades that are others'),
        failed: counted('Without an answer under the other configuration'),
        recorded: figures,
        replayed: figures,
        most_changed: Type.Array(Type.Object({ coordination_id: Type.String(), decisions_changed: Type.Integer() })),
        profit: Type.Union([
          Type.Null(),
          Type.Object(
            {
              recorded: Type.Number(),
              replayed: Type.Number(),
              coordinations: counted('Coordinations whose horizons have passed in the bars'),
            },
            {
              description:
                'What the trades would have earned over their horizons, after expected costs: basis points of the net asset value, summed',
            },
          ),
        ]),
        faults,
      }),
    ]),
    failure: Type.Optional(Type.String()),
    created_at: time('When it was asked for'),
    started_at: Type.Optional(time('When work on it began')),
    finished_at: Type.Optional(time('When it ended')),
  },
  { title: 'ReplayJob' },
);
