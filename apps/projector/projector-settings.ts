import { integerSetting, urlSetting } from '#platform';
import { eventStoreSettings } from '../command/open-event-store.js';
import { pulsarSettings } from '../command/relay/pulsar-settings.js';
import { readSideSettings } from '../query/open-read-side.js';

/** What the projector process is told by the environment. */
export const projectorSettings = {
  ...readSideSettings,
  ...pulsarSettings,
  ...eventStoreSettings,
  PORT: integerSetting('the port of health and metrics; 0 takes a free one', { min: 0, max: 65_535, fallback: 3_002 }),
  DATABASE_URL: urlSetting(
    'the Postgres of the event store',
    ['postgres:', 'postgresql:'],
    'postgres://user:password@host:5432/database',
  ),
} as const;
