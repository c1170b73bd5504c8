import { type AuditFolder, EventArchive, KeyFormatError, openAuditFolder } from '#audit';
import { PersonalKeys, type PostgresEventStore } from '#event-store';
import { OperatorError, type SqlDatabase } from '#platform';
import type { AuditSettings } from './audit-settings.js';

export interface AuditAdapters {
  readonly database: SqlDatabase;
  readonly eventStore: Pick<PostgresEventStore, 'lag' | 'readStream'>;
  readonly archive: EventArchive;
  readonly personalKeys: PersonalKeys;
  /** null where this process archives nothing */
  readonly archiving: Archiving | null;
  /** null where nothing is signed */
  readonly folder: AuditFolder | null;
  readonly settings: AuditSettings;
}

/** What it takes to move events to files. */
interface Archiving {
  /** of the database, for the owner of its tables */
  readonly ownerUrl: string;
  readonly folder: string;
}

export const AUDIT = Symbol('AUDIT');

/**
 * @param folder outside the database, where checkpoints and the key are kept; null signs nothing
 * @throws OperatorError where the folder or the key cannot be had
 */
export async function openAudit(
  database: SqlDatabase,
  eventStore: AuditAdapters['eventStore'],
  folder: string | null,
  settings: AuditSettings,
  {
    archive = new EventArchive(database),
    personalKeys = new PersonalKeys(database),
    archiving = null,
  }: Partial<Pick<AuditAdapters, 'archive' | 'personalKeys' | 'archiving'>> = {},
): Promise<AuditAdapters> {
  const adapters = { database, eventStore, archive, personalKeys, archiving, settings };
  if (folder === null) return { ...adapters, folder: null };
  try {
    const opened = await openAuditFolder(folder, settings.AUDIT_KEY_FILE || undefined);
    return { ...adapters, folder: opened };
  } catch (error) {
    if (!(error instanceof KeyFormatError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    const message = `Checkpoints cannot be signed into ${folder}: ${(error as Error).message}`;
    throw new OperatorError(message, { cause: error });
  }
}
