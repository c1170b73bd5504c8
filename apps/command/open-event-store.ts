import { Logger } from '@nestjs/common';
import { EventArchive } from '#audit';
import {
  createEventStore,
  PersonalKeys,
  type PostgresEventStore,
  SEQUENCED_CHANNEL,
  type StoreReport,
} from '#event-store';
import {
  migrate,
  MIGRATION_LOCK,
  migrationsFolder,
  PostgresDoorbell,
  type Setting,
  type SqlDatabase,
  textSetting,
} from '#platform';

const logger = new Logger('EventStore');

export const eventStoreSettings = {
  EVENT_ARCHIVE_DIR: textSetting(
    'the folder of the Parquet files that old events were moved to; default where each was written to',
    'a folder',
    '',
  ),
} as const;

/** Of who appends, or shows events to people. */
export const personalDataSettings = {
  PERSONAL_MASTER_KEYS: {
    description:
      'master keys that the keys of personal fields are sealed with in the database: the first seals, all open; default none, the keys are plain there',
    accepted: 'a comma-separated list of 32 bytes each in base64 (openssl rand -base64 32)',
    fallback: '-',
    fallbackText: 'none',
    secret: true,
    parse: (text) => {
      if (text === '-') return [];
      const keys = text.split(',').map((each) => Buffer.from(each.trim(), 'base64'));
      return keys.every((key) => key.length === 32) ? keys : undefined;
    },
  } satisfies Setting<readonly Buffer[]>,
} as const;

export interface EventStoreParts {
  /** default: the files where they were written to */
  readonly archive?: EventArchive;
  /** null for a process that appends nothing; default: keys that no master key seals */
  readonly personalKeys?: PersonalKeys | null;
}

/** The event store of a database, brought forward, sequenced and listening. Stop it before the database is closed. */
export async function openEventStore(
  database: SqlDatabase,
  url: string,
  { archive = new EventArchive(database), personalKeys = new PersonalKeys(database) }: EventStoreParts = {},
): Promise<PostgresEventStore> {
  await migrate(database, migrationsFolder('command'), { lockKey: MIGRATION_LOCK });
  await personalKeys?.check();
  const doorbell = new PostgresDoorbell({
    url,
    channel: SEQUENCED_CHANNEL,
    onConnectionLost: (error) => logger.warn(`the doorbell connection was lost: ${error.message}`),
  });
  const store = createEventStore(database, {
    doorbell,
    archive,
    ...(personalKeys === null ? {} : { personalKeys }),
    report: logReport,
  });
  await store.start();
  return store;
}

/** What the store could not do at once goes on by itself, but not unseen. */
function logReport(report: StoreReport): void {
  switch (report.kind) {
    case 'POSITION_LATE':
      return logger.warn(`an append to ${report.stream} was answered without its position`);
    case 'APPEND_RETRIED':
      return logger.debug(`an append was tried again after ${report.code}`);
    case 'SEQUENCING_FAILED':
    case 'POLL_FAILED':
      return logger.error(`${report.kind}: ${String(report.error)}`);
  }
}
