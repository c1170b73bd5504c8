import { type CalendarName, CALENDARS, DEFAULT_CALENDAR } from '#market-data';
import {
  httpSettings,
  integerSetting,
  optionalUrlSetting,
  type Setting,
  type SettingsOf,
  textSetting,
  tracingSettings,
  urlSetting,
} from '#platform';
import { auditSettings } from './audit/audit-settings.js';
import { defaultThreads } from './engine-pool/engine-pool.js';
import { eventStoreSettings, personalDataSettings } from './open-event-store.js';
import { marketDataSettings } from './market-data/market-data-settings.js';
import { pulsarSettings } from './relay/pulsar-settings.js';
import { riskModelSettings } from './risk-model/risk-model-settings.js';

const tradingCalendar: Setting<CalendarName> = {
  description: 'whose sessions orders trade in, where a request does not say',
  accepted: `one of ${CALENDARS.join(', ')}`,
  fallback: DEFAULT_CALENDAR,
  parse: (text) => CALENDARS.find((name) => name === text.toUpperCase()),
};

/** What only the command side reads. */
export const engineSettings = {
  TRADING_CALENDAR: tradingCalendar,
  LEARNING_EVERY_HOURS: integerSetting('hours between two runs of learning from outcomes; 0 learns only when asked', {
    min: 0,
    max: 8_760,
    fallback: 6,
  }),
  OUTCOME_BENCHMARK: textSetting(
    'the instrument of the bars whose return is taken off in outcomes; default none',
    'an instrument_id',
    '',
  ),
  ENGINE_THREADS: {
    ...integerSetting('worker threads that decide; 0 decides on the event loop', {
      min: 0,
      max: 256,
      fallback: defaultThreads(),
    }),
    fallbackText: 'one fewer than the machine has cores, at least 1',
  },
  ENGINE_QUEUE_MAX: integerSetting('decisions that may wait for a worker before requests are sent away', {
    min: 1,
    max: 100_000,
    fallback: 200,
  }),
} as const;

export type EngineSettings = SettingsOf<typeof engineSettings>;

const POSTGRES = ['postgres:', 'postgresql:'];

export const commandSettings = {
  ...httpSettings,
  ...engineSettings,
  ...marketDataSettings,
  ...riskModelSettings,
  ...auditSettings,
  ...eventStoreSettings,
  ...personalDataSettings,
  ...pulsarSettings,
  ...tracingSettings,
  AUDIT_DIR: textSetting(
    'the folder of signed checkpoints and their key, outside the database; default none',
    'a folder',
    '',
  ),
  DATABASE_URL: urlSetting('the Postgres of the event store', POSTGRES, 'postgres://user:password@host:5432/database'),
  MIGRATION_DATABASE_URL: optionalUrlSetting(
    'the same database for the owner of its tables, who runs the migrations; default DATABASE_URL',
    POSTGRES,
    'postgres://owner:password@host:5432/database',
  ),
  MARKET_DATA_DATABASE_URL: optionalUrlSetting(
    'the Postgres or TimescaleDB of the bars, default that of DATABASE_URL',
    POSTGRES,
    'postgres://user:password@host:5432/database',
  ),
  MARKET_DATA_DIR: textSetting('the folder of the Parquet files, default none', 'a folder', ''),
  DATABASE_POOL_SIZE: integerSetting('connections to it', { min: 2, max: 1_000, fallback: 16 }),
} as const;
