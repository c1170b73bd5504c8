import { randomBytes } from 'node:crypto';

import { createPostgresDatabase, openEmbeddedTimescale, type SqlDatabase } from '#platform';

import { compiledTimescaleWorker } from './compiled-timescale-worker.js';

export interface TestTimescale {
  /** read it inside a test or a hook */
  readonly db: SqlDatabase;
}

/**
 * A fresh TimescaleDB for the enclosing describe: a database on the server of TEST_TIMESCALE_URL where that is set, else
 * the embedded one in memory, which takes 5-6 s to open.
 */
export function withTimescale(): TestTimescale {
  let db: SqlDatabase | null = null;
  let remove = async (): Promise<void> => undefined;

  beforeAll(async () => {
    const serverUrl = process.env['TEST_TIMESCALE_URL'];
    if (serverUrl === undefined) {
      db = await openEmbeddedTimescale({ worker: await compiledTimescaleWorker() });
      return;
    }
    const name = `spec_${randomBytes(6).toString('hex')}`;
    const server = await createPostgresDatabase({ url: serverUrl, poolSize: 1, applicationName: 'spec' });
    await server.query(`CREATE DATABASE ${name}`);
    db = await createPostgresDatabase({ url: Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href });
    remove = async () => {
      await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await server.close();
    };
  });

  afterAll(async () => {
    await db?.close();
    await remove();
  });

  return {
    get db() {
      if (db === null) throw new Error('The database is open inside tests and hooks.');
      return db;
    },
  };
}
