import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

import pg from 'pg';

import { OperatorError } from '../operator-error.js';
import { describeIoError, lockFolder } from './folder-lock.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { createCluster, PostgresCluster } from './postgres-cluster.js';
import { chooseServiceUser } from './service-user.js';

export interface EmbeddedPostgresOptions {
  /** made if missing; holds the data, the password and the server's log */
  readonly dir: string;
  /** on 127.0.0.1; a free one where absent */
  readonly port?: number;
  /** made if missing; default `coordination` */
  readonly database?: string;
  /** for tests: nothing is synced to disk, and the folder is removed when the process ends, however it ends */
  readonly throwAway?: boolean;
}

export interface EmbeddedPostgres {
  /** with user and password */
  readonly url: string;
  readonly port: number;
  /** Ends open connections, writes everything down and frees the folder. */
  stop(): Promise<void>;
}

const USER = 'coordination';

/**
 * Starts the Postgres that npm installed on a folder, as a server of its own that nobody else shares. It is durable, it
 * listens on 127.0.0.1 only, and it ends with this process, also when that is killed.
 * @throws OperatorError where the folder is in use or cannot be written, or where there is no Postgres for this platform
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dir = resolve(options.dir);
  const lock = await lockFolder(dir);
  try {
    const user = await chooseServiceUser(join(dir, 'cluster'));
    const binaries = await findPostgresBinaries(user);
    const durable = options.throwAway !== true;
    await createCluster({ dir, binaries, user, superuser: USER, durable });
    const cluster = new PostgresCluster({ dir, binaries, user });
    await cluster.stopLeftover();
    const port = await startOnPort(cluster, options.port, durable);
    try {
      await cluster.endWithThisProcess(options.throwAway === true);
      const url = await openDatabase(dir, port, options.database ?? 'coordination');
      const stop = async (): Promise<void> => {
        await cluster.stop().finally(() => lock.release());
        if (!durable) await rm(dir, { recursive: true, force: true });
      };
      return { url, port, stop };
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error instanceof OperatorError
      ? error
      : new OperatorError(`The embedded Postgres in ${dir} did not start: ${describeIoError(error)}.`, {
          cause: error,
        });
  }
}

/** Between finding a free port and binding it another program can take it: then another one is found. */
async function startOnPort(cluster: PostgresCluster, wanted: number | undefined, durable: boolean): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await findFreePort());
    const outcome = await cluster.start({ port, durable });
    if (outcome === 'STARTED') return port;
    if (wanted !== undefined || attempt === 5) {
      throw new OperatorError(`The embedded Postgres cannot listen on port ${port}: it is in use.`);
    }
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function openDatabase(dir: string, port: number, database: string): Promise<string> {
  const password = (await readFile(join(dir, 'password'), 'utf8')).trim();
  const urlOf = (name: string): string => `postgres://${USER}:${password}@127.0.0.1:${port}/${name}`;
  const client = new pg.Client({ connectionString: urlOf('postgres') });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
  return urlOf(database);
}
