import { readdirSync, readFileSync } from 'node:fs';
import { EVENT_SCHEMAS } from '../events/event-schemas.js';
import { type EventNotes, type EventSchemaFile, eventCatalogue } from './event-catalogue.js';
import { problemPage } from './problem-page.js';
import type { JsonSchema } from './type-text.js';

const STREAMS: Readonly<Record<string, string>> = {
  coordination_requested: 'coordination-{coordination_id}',
  coordination_completed: 'coordination-{coordination_id}',
  portfolio_state_set: 'portfolio-{portfolio_id}',
  rebalance_requested: 'portfolio-{portfolio_id}',
  rebalance_cancelled: 'portfolio-{portfolio_id}',
  coordination_applied: 'portfolio-{portfolio_id}',
  portfolio_filled: 'portfolio-{portfolio_id}',
  orders_released: 'portfolio-{portfolio_id}',
  execution_started: 'execution-{coordination_id}',
  fills_recorded: 'execution-{coordination_id}',
  prices_observed: 'execution-{coordination_id}',
  orders_cancelled: 'execution-{coordination_id}',
  orders_expired: 'execution-{coordination_id}',
  execution_replanned: 'execution-{coordination_id}',
  execution_finished: 'execution-{coordination_id}',
  configuration_set: 'configuration-{config_name}',
  configuration_disabled: 'configuration-{config_name}',
  risk_model_published: 'market-model',
  outcomes_measured: 'outcome-{coordination_id}',
  outcomes_corrected: 'outcome-{coordination_id}',
  learned_state_proposed: 'learned-state',
  learned_state_judged: 'learned-state',
  learned_state_promoted: 'learned-state',
  learned_state_reverted: 'learned-state',
  market_model_published: 'market-model',
};

/** The generated pages of docs/reference, by file name. @param folder of the event schemas */
export function referencePages(folder: URL): Readonly<Record<string, string>> {
  return { 'events.md': eventCatalogue(schemaFiles(folder), notesOn), 'problems.md': problemPage() };
}

function schemaFiles(folder: URL): EventSchemaFile[] {
  return readdirSync(folder).flatMap((file) => {
    const [, type, version] = /^(\w+)\.v(\d+)\.json$/.exec(file) ?? [];
    if (type === undefined) return [];
    const schema = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as JsonSchema;
    return [{ type, version: Number(version), schema }];
  });
}

function notesOn(type: string): EventNotes {
  const stream = STREAMS[type];
  if (stream === undefined) throw new Error(`the catalogue does not know the stream of ${type}`);
  const schemas: Readonly<Record<string, { readonly version: number } | undefined>> = EVENT_SCHEMAS;
  return { stream, current: schemas[type]?.version };
}
