import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  closeInOrder,
  DamagedDatabaseError,
  type EmbeddedPostgres,
  openEmbeddedTimescale,
  OperatorError,
  type SqlDatabase,
  startEmbeddedPostgres,
} from '#platform';
import { openCommandSide } from './command-side.js';

/** The databases of one folder, open and owned by this process. */
export interface EmbeddedStores {
  /** events, command-side tables, market data; native Postgres, durable; may add events and not change them */
  readonly command: SqlDatabase;
  /** for connections of one's own, such as one that listens */
  readonly commandUrl: string;
  /** for whoever owns the tables of the command side: migrations, maintenance */
  readonly ownerUrl: string;
  /** read models; TimescaleDB in a thread of this process, not durable, always rebuilt from the events */
  readonly query: SqlDatabase;
  /** where the read side's folder did not open and was moved to; null normally */
  readonly setAside: string | null;
  close(): Promise<void>;
}

/**
 * Both databases, started side by side: a second on a folder that has them, about five on an empty one.
 * Where the read side's folder is damaged, it is moved aside and an empty one is opened, to be filled from the events.
 *
 * @throws OperatorError where the folder is in use or cannot be written
 */
export async function openEmbeddedStores(folder: string): Promise<EmbeddedStores> {
  const [postgres, timescale] = await Promise.allSettled([
    startEmbeddedPostgres({ dir: join(folder, 'postgres') }),
    openReadSide(join(folder, 'timescale')),
  ]);
  if (postgres.status === 'rejected' || timescale.status === 'rejected') {
    await stopAll(postgres, timescale);
    throw [postgres, timescale].find((result) => result.status === 'rejected')?.reason;
  }
  const opened = openCommandSide(postgres.value.url);
  const { command, commandUrl } = await opened.catch(async (error: unknown) => {
    await stopAll(postgres, timescale);
    throw error;
  });
  const { database: query, setAside } = timescale.value;
  return {
    command,
    commandUrl,
    ownerUrl: postgres.value.url,
    query,
    setAside,
    close: () => closeInOrder([query, command, { close: () => postgres.value.stop() }]),
  };
}

interface ReadSide {
  readonly database: SqlDatabase;
  readonly setAside: string | null;
}

async function openReadSide(folder: string): Promise<ReadSide> {
  try {
    return { database: await openEmbeddedTimescale({ dir: folder }), setAside: null };
  } catch (error) {
    if (!(error instanceof DamagedDatabaseError)) throw error;
    const setAside = `${folder}-damaged-${Date.now()}`;
    await rename(folder, setAside).catch((cause: unknown) => {
      throw new OperatorError(`${error.message} It cannot be moved aside either: ${String(cause)}.`, { cause });
    });
    return { database: await openEmbeddedTimescale({ dir: folder }), setAside };
  }
}

async function stopAll(
  postgres: PromiseSettledResult<EmbeddedPostgres>,
  timescale: PromiseSettledResult<ReadSide>,
): Promise<void> {
  if (timescale.status === 'fulfilled') await timescale.value.database.close();
  if (postgres.status === 'fulfilled') await postgres.value.stop();
}
