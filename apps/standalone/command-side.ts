import { randomBytes } from 'node:crypto';
import { createPostgresDatabase, type SqlDatabase } from '#platform';
import { migrateAsOwner } from '../command/migrate-as-owner.js';

const APPLICATION = 'coordination_embedded';

/**
 * Migrated by the owner of its tables, then opened as the application, which may add events and read them. Its password is
 * another one at every start and is written nowhere.
 */
export async function openCommandSide(ownerUrl: string): Promise<{ command: SqlDatabase; commandUrl: string }> {
  await migrateAsOwner(ownerUrl, ['command', 'market-data']);
  const password = randomBytes(24).toString('base64url');
  const owner = await createPostgresDatabase({
    url: ownerUrl,
    poolSize: 1,
    applicationName: 'coordination standalone',
  });
  try {
    await owner.query(`DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${APPLICATION}') THEN
        CREATE ROLE ${APPLICATION} LOGIN IN ROLE coordination_application;
      END IF;
      ALTER ROLE ${APPLICATION} PASSWORD '${password}';
    END $$`);
  } finally {
    await owner.close();
  }
  const commandUrl = Object.assign(new URL(ownerUrl), { username: APPLICATION, password }).href;
  const command = await createPostgresDatabase({ url: commandUrl, applicationName: 'coordination standalone' });
  return { command, commandUrl };
}
