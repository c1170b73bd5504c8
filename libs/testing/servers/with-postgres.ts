import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createPostgresDatabase, type PostgresOptions, type SqlDatabase, startEmbeddedPostgres } from '#platform';

export interface TestPostgres {
  /** of a database made for this spec; read it inside a test or a hook */
  readonly url: string;
  /** closed after the spec */
  open(options?: Omit<PostgresOptions, 'url'>): Promise<SqlDatabase>;
}

/**
 * A fresh database for the enclosing describe: on the server of TEST_POSTGRES_URL where that is set, else on an embedded
 * one that the specs of a Jest worker share and that ends with the worker.
 */
export function withPostgres(): TestPostgres {
  const name = `spec_${randomBytes(6).toString('hex')}`;
  const opened: SqlDatabase[] = [];
  let serverUrl = '';

  beforeAll(async () => {
    serverUrl = process.env['TEST_POSTGRES_URL'] ?? (await sharedServerUrl());
    await administer(serverUrl, `CREATE DATABASE ${name}`);
  });

  afterAll(async () => {
    for (const db of opened) await db.close();
    if (serverUrl !== '') await administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });

  return {
    get url() {
      if (serverUrl === '') throw new Error('The url is known inside tests and hooks.');
      return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
    },
    async open(options = {}) {
      const db = await createPostgresDatabase({ ...options, url: this.url });
      opened.push(db);
      return db;
    },
  };
}

/** The files of a run share no memory, but they share the process: the first leaves the server's address for the others. */
async function sharedServerUrl(): Promise<string> {
  const dir = join(tmpdir(), `coordination-test-postgres-${process.pid}`);
  const note = join(dir, 'url');
  const known = await readFile(note, 'utf8').catch(() => null);
  if (known !== null) return known;
  const server = await startEmbeddedPostgres({ dir, throwAway: true });
  await writeFile(note, server.url, { mode: 0o600 });
  return server.url;
}

async function administer(url: string, statement: string): Promise<void> {
  const db = await createPostgresDatabase({ url, poolSize: 1, applicationName: 'spec' });
  try {
    await db.query(statement);
  } finally {
    await db.close();
  }
}
