import { readOrigin } from '#audit';
import { COORDINATION_COMPLETED_TOPIC } from '#messaging';
import type { SqlExecutor } from '#platform';
import { openMessageBus, type PulsarSettings } from './pulsar-settings.js';
import type { RelayAdapters } from './relay.service.js';

/** What publishes the log to Pulsar, or null where the settings have none. Close its bus after the application. */
export async function openRelay(
  settings: PulsarSettings,
  database: SqlExecutor,
  log: RelayAdapters['log'],
): Promise<RelayAdapters | null> {
  // a copy of the log that is written on elsewhere has another origin: its messages are no repeats of ours
  const bus = await openMessageBus(settings, `relay ${await readOrigin(database)}`);
  return bus === null ? null : { log, database, bus, name: COORDINATION_COMPLETED_TOPIC };
}
