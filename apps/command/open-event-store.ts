import { Logger } from '@nestjs/common';
import { EventArchive } from '#audit';
import { createEventStore, type PostgresEventStore, SEQUENCED_CHANNEL, type StoreReport } from '#event-store';
import { migrate, MIGRATION_LOCK, migrationsFolder, PostgresDoorbell, type SqlDatabase, textSetting } from '#platform';

const logger = new Logger('EventStore');

export const eventStoreSettings = {
  EVENT_ARCHIVE_DIR: textSetting(
    'the folder of the Parquet files that old events were moved to; default where each was written to',
    'a folder',
    '',
  ),
} as const;

/** The event store of a database, brought forward, sequenced and listening. Stop it before the database is closed. */
export async function openEventStore(
  database: SqlDatabase,
  url: string,
  archive: EventArchive = new EventArchive(database),
): Promise<PostgresEventStore> {
  await migrate(database, migrationsFolder('command'), { lockKey: MIGRATION_LOCK });
  const doorbell = new PostgresDoorbell({
    url,
    channel: SEQUENCED_CHANNEL,
    onConnectionLost: (error) => logger.warn(`the doorbell connection was lost: ${error.message}`),
  });
  const store = createEventStore(database, { doorbell, archive, report: logReport });
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
