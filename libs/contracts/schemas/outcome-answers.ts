import { type TSchema, Type } from 'typebox';
import { learnedStateSchema, promotionTestSchema } from './learned-state.js';
import { closed } from './primitives.js';

const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const number = (description?: string) => Type.Number(description === undefined ? {} : { description });
const money = (description: string) => Type.Number({ description: `${description}; money` });
const key = orNull(Type.String({ description: 'Of the group; null for what has none' }));
const GROUPS = ['source', 'strategy', 'instrument', 'sector', 'regime', 'mode', 'configuration'];
const range = {
  from: Type.String({ format: 'date-time' }),
  to: Type.String({ format: 'date-time' }),
};

const hitRate = Type.Object(
  {
    hits: Type.Integer(),
    trials: Type.Integer({ description: 'Those with a direction' }),
    rate: orNull(Type.Number()),
    low: number('Wilson’s interval, 95 %'),
    high: number(),
  },
  { ...closed, title: 'HitRate' },
);

const informationCoefficient = Type.Object(
  {
    pooled: orNull(number('Pearson’s, over all')),
    daily_mean: orNull(number('Mean of Spearman’s of the days')),
    standard_error: orNull(number('Of the mean, with overlapping horizons')),
    days: Type.Integer(),
  },
  { ...closed, title: 'InformationCoefficient' },
);

const accuracyGroup = Type.Object(
  {
    key,
    measured: Type.Integer(),
    hit_rate: hitRate,
    information_coefficient: informationCoefficient,
    brier: orNull(
      Type.Object(
        {
          score: number('Reliability - resolution + uncertainty + within_bins'),
          reliability: number(),
          resolution: number(),
          uncertainty: number(),
          within_bins: number(),
        },
        { ...closed, title: 'BrierScore' },
      ),
    ),
    reliability_curve: Type.Array(
      Type.Object(
        {
          from: number(),
          to: number(),
          count: Type.Integer(),
          mean_confidence: number(),
          hit_rate: number(),
          low: number(),
          high: number(),
        },
        { ...closed, title: 'ReliabilityBin' },
      ),
    ),
  },
  { ...closed, title: 'AccuracyGroup' },
);

export const accuracySchema = Type.Object(
  {
    ...range,
    by: Type.Enum(GROUPS),
    signals: Type.Array(accuracyGroup),
    decisions: Type.Array(accuracyGroup, { description: 'None by source or strategy: a decision has several' }),
    all_decisions: accuracyGroup,
    profit: Type.Object(
      {
        days: Type.Integer(),
        sharpe: orNull(number('Of a day, not annualised')),
        probabilistic: orNull(number('Probability that the true ratio is above 0')),
        deflated: orNull(number('… above the best that so many groups without skill would have shown')),
      },
      { ...closed, title: 'SharpeReport' },
    ),
  },
  { ...closed, title: 'Accuracy' },
);

const profitParts = {
  selection: money('Beyond the benchmark’s return'),
  timing: money('The benchmark’s return on what was traded'),
  execution: money('From the price of the decision to that of the fills'),
  costs: money('Negative'),
  total: money('The sum of the four'),
  decisions: Type.Integer(),
};

const profitDay = Type.Object(
  {
    day: Type.String({ format: 'date' }),
    decisions: Type.Integer(),
    profit: money('Of the decisions of the day'),
    costs: money('In it'),
    return: number('Of the net asset value at the decisions'),
  },
  { ...closed, title: 'ProfitDay' },
);

export const attributionSchema = Type.Object(
  {
    ...range,
    by: Type.Enum(GROUPS),
    profit: Type.Object(profitParts, { ...closed, title: 'Profit' }),
    groups: Type.Array(Type.Object({ key, ...profitParts }, { ...closed, title: 'ProfitGroup' })),
    limits: Type.Array(
      Type.Object(
        {
          reason_code: Type.String(),
          refused: Type.Integer({ description: 'Signals' }),
          quantified: Type.Integer({ description: 'Of which it is known what would have traded' }),
          cost: money('What they would have earned; negative where the limit saved some'),
          hits: Type.Integer({ description: 'Refused signals that were right' }),
        },
        { ...closed, title: 'LimitCost' },
      ),
    ),
    days: Type.Array(profitDay),
  },
  { ...closed, title: 'Attribution' },
);

export const sourceListSchema = Type.Object(
  {
    ...range,
    sources: Type.Array(
      Type.Object(
        {
          source: Type.String(),
          signals: Type.Integer({ description: 'With an outcome, measured or not measurable' }),
          measured: Type.Integer(),
          accepted: Type.Integer({ description: 'Traded in their direction' }),
          first_signal_at: Type.String({ format: 'date-time' }),
          last_signal_at: Type.String({ format: 'date-time' }),
          hit_rate: hitRate,
          information_coefficient: informationCoefficient,
          profit: money('Its parts of the decisions’ profits'),
          reliability: orNull(number('What is believed of it, 0 to 1; null before anything was learned of it')),
        },
        { ...closed, title: 'SourceCard' },
      ),
    ),
  },
  { ...closed, title: 'SourceList' },
);

export const learnedStateListSchema = Type.Object(
  {
    learned_states: Type.Array(
      Type.Object(
        {
          learned_state_id: Type.String(),
          status: Type.Enum(['CHALLENGER', 'CHAMPION', 'FORMER']),
          proposed_at: Type.String({ format: 'date-time' }),
          learned_until: Type.String({ format: 'date-time', description: 'Of the newest outcome that it knows' }),
          observations: Type.Integer(),
          state: learnedStateSchema,
          test: orNull(promotionTestSchema),
        },
        { ...closed, title: 'LearnedStateRecord' },
      ),
    ),
  },
  { ...closed, title: 'LearnedStateList' },
);

const rows = (description: string) => Type.Array(Type.Unsafe<object>({ type: 'object' }), { description });

export const coordinationOutcomesSchema = Type.Object(
  {
    coordination_id: Type.String(),
    signals: rows('Those whose horizon has passed'),
    decisions: rows('With what they earned'),
    refusals: rows('With what the limit cost'),
    profits: rows('The profits of the decisions by signal source'),
  },
  { ...closed, title: 'CoordinationOutcomes' },
);
