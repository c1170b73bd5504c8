import { type TSchema, Type } from 'typebox';
import type {
  ConfigurationDisabled,
  ConfigurationSet,
  CoordinationCompleted,
  CoordinationRequested,
  DomainEvent,
} from '#domain';
import { coordinationParametersSchema } from '../schemas/coordination-parameters.js';
import {
  coordinationRequestSchema,
  rebalanceRequestSchema,
  recordedTradeSchema,
} from '../schemas/coordination-request.js';
import { coordinationOutcomeSchema } from '../schemas/coordination-response.js';
import { tradingSessionSchema } from '../schemas/market-data.js';
import {
  coordinationAppliedSchema,
  ordersReleasedSchema,
  portfolioFilledSchema,
  portfolioStateSetSchema,
  rebalanceCancelledSchema,
  rebalanceRequestedSchema,
} from './portfolio-events.js';
import {
  executionFinishedSchema,
  executionReplannedSchema,
  executionStartedSchema,
  fillsRecordedSchema,
  ordersCancelledSchema,
  ordersExpiredSchema,
  pricesObservedSchema,
} from './execution-events.js';
import { portfolioStateSchema } from '../schemas/portfolio-state.js';
import { closed } from '../schemas/primitives.js';
import { shapeOf } from '../schemas/shape-of.js';
import { withReferences } from '../schemas/with-references.js';
import {
  learnedStateJudgedSchema,
  learnedStatePromotedSchema,
  learnedStateProposedSchema,
  learnedStateRevertedSchema,
} from './learned-state.js';
import { outcomesCorrectedSchema, outcomesMeasuredSchema } from './outcome-events.js';
import { riskModelPublishedSchema } from './risk-model-published.js';

const contributionSchema = Type.Object(
  {
    signal_id: Type.String(),
    source: Type.String(),
    instrument_id: Type.String(),
    kappa: Type.Number({ description: 'Effective confidence' }),
    weight: Type.Number({ description: 'Within the combined view of the instrument' }),
    alpha: Type.Number({ description: 'Contribution to the expected return of the instrument, over the horizon' }),
  },
  { ...closed, title: 'RecordedContribution' },
);

const coordinationRequested = shapeOf<CoordinationRequested['data']>()(
  Type.Object(
    {
      coordination_id: Type.String(),
      portfolio_id: Type.String(),
      as_of: Type.String({ format: 'date-time' }),
      request: coordinationRequestSchema,
      stored_portfolio_state: Type.Optional(portfolioStateSchema),
      queued_rebalances: Type.Optional(
        Type.Array(rebalanceRequestSchema, { description: 'That waited in the queue of the stored portfolio' }),
      ),
      stored_trades: Type.Optional(
        Type.Array(recordedTradeSchema, { description: 'Purchases of the portfolios that wash_sale_portfolios named' }),
      ),
      config_version: Type.Optional(Type.String({ description: 'name@version' })),
      market_model_id: Type.Optional(Type.String({ description: 'Of the published market model that was used' })),
      learned_state_id: Type.String(),
      trading_sessions: Type.Optional(
        Type.Object(
          {
            calendar: Type.String(),
            ordinary_minutes: Type.Number({ description: 'Length of an ordinary session' }),
            sessions: Type.Array(tradingSessionSchema),
          },
          {
            ...closed,
            title: 'TradingSessions',
            description: 'That plans may use; absent where the request brought its own',
          },
        ),
      ),
      engine_version: Type.String(),
    },
    { ...closed, description: 'Every input of a decision: with the models it names, a replay needs the log alone.' },
  ),
);

const coordinationCompleted = shapeOf<CoordinationCompleted['data']>()(
  Type.Object(
    {
      coordination_id: Type.String(),
      portfolio_id: Type.String(),
      config_name: Type.Optional(Type.String()),
      outcome: coordinationOutcomeSchema,
      contributions: Type.Array(contributionSchema),
    },
    { ...closed, description: 'What was decided.' },
  ),
);

const configurationSet = shapeOf<ConfigurationSet['data']>()(
  Type.Object(
    { config_name: Type.String(), version: Type.Integer(), parameters: coordinationParametersSchema },
    { ...closed, description: 'A named configuration was made or changed; it is enabled.' },
  ),
);

const configurationDisabled = shapeOf<ConfigurationDisabled['data']>()(
  Type.Object(
    { config_name: Type.String(), version: Type.Integer() },
    { ...closed, description: 'A named configuration may no longer be used.' },
  ),
);

/** The schema of every event's data at its newest version. */
export const EVENT_SCHEMAS: Readonly<
  Record<DomainEvent['type'], { readonly version: number; readonly data: TSchema }>
> = {
  coordination_requested: { version: 2, data: coordinationRequested },
  coordination_completed: { version: 3, data: coordinationCompleted },
  portfolio_state_set: { version: 2, data: portfolioStateSetSchema },
  rebalance_requested: { version: 1, data: rebalanceRequestedSchema },
  rebalance_cancelled: { version: 1, data: rebalanceCancelledSchema },
  coordination_applied: { version: 1, data: coordinationAppliedSchema },
  portfolio_filled: { version: 1, data: portfolioFilledSchema },
  orders_released: { version: 1, data: ordersReleasedSchema },
  configuration_set: { version: 2, data: configurationSet },
  execution_started: { version: 1, data: executionStartedSchema },
  fills_recorded: { version: 1, data: fillsRecordedSchema },
  prices_observed: { version: 1, data: pricesObservedSchema },
  orders_cancelled: { version: 1, data: ordersCancelledSchema },
  orders_expired: { version: 1, data: ordersExpiredSchema },
  execution_replanned: { version: 1, data: executionReplannedSchema },
  execution_finished: { version: 1, data: executionFinishedSchema },
  configuration_disabled: { version: 1, data: configurationDisabled },
  risk_model_published: { version: 1, data: riskModelPublishedSchema },
  outcomes_measured: { version: 1, data: outcomesMeasuredSchema },
  outcomes_corrected: { version: 1, data: outcomesCorrectedSchema },
  learned_state_proposed: { version: 1, data: learnedStateProposedSchema },
  learned_state_judged: { version: 1, data: learnedStateJudgedSchema },
  learned_state_promoted: { version: 1, data: learnedStatePromotedSchema },
  learned_state_reverted: { version: 1, data: learnedStateRevertedSchema },
};

export const schemaVersionOf = (type: DomainEvent['type']): number => EVENT_SCHEMAS[type].version;

/** The newest version this code knows of a type that may be none of its own: then null. */
export const knownSchemaVersion = (type: string): number | null =>
  Object.hasOwn(EVENT_SCHEMAS, type) ? schemaVersionOf(type as DomainEvent['type']) : null;

/** A self-contained JSON Schema (2020-12) of one event's data, as published in the files beside this one. */
export function eventSchemaDocument(type: DomainEvent['type']): object {
  const { version, data } = EVENT_SCHEMAS[type];
  const { [type]: root, ...parts } = withReferences([{ ...data, title: type }], '#/$defs/');
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${type}.v${version}.json`,
    ...root,
    ...(Object.keys(parts).length > 0 ? { $defs: parts } : {}),
  };
}
