import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import type { NewEvent } from '#event-store';

/** The part of Emmett that is measured. */
interface Emmett {
  getPostgreSQLEventStore(
    url: string,
    options: { readonly connectionOptions: { readonly pool: pg.Pool } },
  ): {
    readonly schema: { migrate(): Promise<unknown> };
    appendToStream(
      stream: string,
      events: readonly { readonly type: string; readonly data: unknown; readonly metadata: unknown }[],
      options: { readonly expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' },
    ): Promise<unknown>;
    close(): Promise<void>;
  };
}

const PACKAGE = '@event-driven-io/emmett-postgresql';

/** Emmett's store in the same database, or null, and a line that says so, where it is not installed. */
export async function openEmmett(url: string, connections: number, { type, data }: NewEvent, metadata: object) {
  let emmett: Emmett;
  try {
    const found = createRequire(join(process.cwd(), 'bench', 'peers', 'package.json')).resolve(PACKAGE);
    emmett = (await import(pathToFileURL(found).href)) as Emmett;
  } catch {
    console.error(`emmett is skipped: ${PACKAGE} is not there (npm install --prefix bench/peers)`);
    return null;
  }
  const pool = new pg.Pool({ connectionString: url, max: connections });
  const store = emmett.getPostgreSQLEventStore(url, { connectionOptions: { pool } });
  await store.schema.migrate();
  return {
    append: async (events: number) => {
      const added = Array.from({ length: events }, () => ({ type, data, metadata }));
      await store.appendToStream(randomUUID(), added, { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' });
    },
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}
