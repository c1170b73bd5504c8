import { createPostgresDatabase, migrate, MIGRATION_LOCK, migrationsFolder } from '#platform';

/** Brings the database forward as the owner of its tables, whom the application is not (docs/audit.md). */
export async function migrateAsOwner(url: string, sets: readonly ('command' | 'market-data')[]): Promise<void> {
  const owner = await createPostgresDatabase({ url, poolSize: 1, applicationName: 'coordination migrations' });
  try {
    for (const set of sets) await migrate(owner, migrationsFolder(set), { lockKey: MIGRATION_LOCK });
  } finally {
    await owner.close();
  }
}
