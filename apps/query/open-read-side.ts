import { Logger } from '@nestjs/common';
import {
  createPostgresDatabase,
  httpSettings,
  integerSetting,
  type SettingsOf,
  tracingSettings,
  urlSetting,
} from '#platform';
import { openReadModels, RedisReadModelCache, type TimescaleReadModels } from '#read-models';

/** What the processes on the read models are told by the environment. */
export const readSideSettings = {
  ...httpSettings,
  ...tracingSettings,
  READ_DATABASE_URL: {
    ...urlSetting(
      'the TimescaleDB or Postgres of the read models, by default that of DATABASE_URL',
      ['postgres:', 'postgresql:'],
      'postgres://user:password@host:5432/database',
    ),
    fallbackText: 'that of `DATABASE_URL`',
  },
  READ_DATABASE_POOL_SIZE: integerSetting('connections to it', { min: 2, max: 1_000, fallback: 10 }),
  REDIS_URL: urlSetting('the Redis of the cached read models', ['redis:', 'rediss:'], 'redis://host:6379'),
} as const;

export type ReadSideSettings = SettingsOf<typeof readSideSettings>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The read models live beside the events unless they are given a database of their own. */
export function withReadDatabase(environment: Environment): Environment {
  const { READ_DATABASE_URL, DATABASE_URL } = environment;
  return { ...environment, READ_DATABASE_URL: READ_DATABASE_URL?.trim() ? READ_DATABASE_URL : DATABASE_URL };
}

export interface ReadSide {
  readonly readModels: TimescaleReadModels;
  readonly cache: RedisReadModelCache;
  /** to close after the application, in this order */
  readonly resources: readonly { close(): Promise<void> }[];
}

/** Opens the read models, brought forward, and their cache. A Redis that is down is logged and tried again. */
export async function openReadSide(settings: ReadSideSettings, applicationName: string): Promise<ReadSide> {
  const logger = new Logger('ReadSide');
  const database = await createPostgresDatabase({
    url: settings.READ_DATABASE_URL,
    poolSize: settings.READ_DATABASE_POOL_SIZE,
    applicationName,
    onConnectionLost: (error) => logger.warn(`A connection to the read models was lost: ${error.message}`),
  });
  const readModels = await openReadModels(database);
  const cache = await RedisReadModelCache.open({ url: settings.REDIS_URL, onError: outageLog(logger) });
  return { readModels, cache, resources: [cache, database] };
}

const SECOND_LINE_MS = 60_000;

/** Reconnecting fails every other second: one line a minute is enough to know. */
function outageLog(logger: Logger): (error: Error) => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - loggedAt < SECOND_LINE_MS) return;
    loggedAt = performance.now();
    logger.warn(`Redis cannot be reached, reads go to the database: ${error.message}`);
  };
}
