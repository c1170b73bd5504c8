import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { InvalidArgumentError } from 'commander';
import { KeyFormatError, parseCheckpointFile, parseVerifierKey, type VerifierKey } from '#audit';
import type { SqlDatabase } from '#platform';
import { CommandFailure, EXIT } from './failure.js';
import type { Terminal } from './terminal.js';

/** Runs `use` on a database that refuses every change. */
export const withReadOnlyDatabase = <T>(url: string, use: (db: SqlDatabase) => Promise<T>): Promise<T> =>
  withDatabase(url, { readOnly: true, poolSize: 1 }, use);

export async function withDatabase<T>(
  url: string,
  how: { readonly readOnly: boolean; readonly poolSize: number },
  use: (db: SqlDatabase) => Promise<T>,
): Promise<T> {
  // loaded where it is needed: most commands have nothing to do with databases
  const { createPostgresDatabase, OperatorError } = await import('#platform');
  const options = { url, ...how, statementTimeoutMs: 0, applicationName: 'coordination command line' };
  const db = await createPostgresDatabase(options).catch((error: unknown) => {
    throw error instanceof OperatorError ? new CommandFailure(error.message) : error;
  });
  try {
    return await use(db);
  } catch (error) {
    if (error instanceof CommandFailure || (error as { code?: unknown }).code === undefined) throw error;
    throw new CommandFailure(`the database refused: ${(error as Error).message}`);
  } finally {
    await db.close();
  }
}

/** Public keys as text or as files with one a line; null for none. */
export async function readPublicKeys(given: readonly string[]): Promise<readonly VerifierKey[] | null> {
  const keys: VerifierKey[] = [];
  for (const each of given) {
    const text = existsSync(each) ? await readFile(each, 'utf8') : each;
    for (const line of text.split('\n').filter((candidate) => candidate.trim() !== ''))
      keys.push(publicKey(each, line));
  }
  return keys.length === 0 ? null : keys;
}

function publicKey(given: string, line: string): VerifierKey {
  try {
    return parseVerifierKey(line);
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    throw new CommandFailure(`--public-key ${given}: ${error.message}`, EXIT.invalid);
  }
}

export async function readCheckpointFiles(files: readonly string[], terminal: Terminal): Promise<readonly string[]> {
  const all: string[] = [];
  for (const file of files) {
    const { notes, damaged } = parseCheckpointFile(await readText(file));
    if (notes.length === 0) throw new CommandFailure(`${file} has no checkpoint in it`, EXIT.invalid);
    if (damaged > 0) terminal.note(`${file}: ${damaged} lines are no checkpoints and are left out`);
    all.push(...notes);
  }
  return all;
}

const readText = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`);
  });

/** An option of the command line. */
export function position(text: string): number {
  if (!/^[1-9][0-9]{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a position: a whole number from 1.');
  return Number(text);
}
