import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '#domain';
import type { SignedCheckpoint } from './checkpoint.js';
import { generateSigningKey, type NoteSigner, noteSigner } from './signed-note.js';

/** A folder outside the database that keeps the signing key and what was signed with it. */
export interface AuditFolder {
  readonly signer: NoteSigner;
  /** appends a line and waits until it is on the disk */
  publish(checkpoint: SignedCheckpoint): Promise<void>;
}

export const CHECKPOINTS_FILE = 'checkpoints.ndjson';
const SIGNING_KEY_FILE = 'signing-key.pem';
const PUBLIC_KEY_FILE = 'public-key.txt';

/**
 * Makes the folder, and the key where neither it nor `keyFile` has one: readable by its owner alone.
 * @throws KeyFormatError where the key is not an Ed25519 private key
 */
export async function openAuditFolder(folder: string, keyFile?: string): Promise<AuditFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pem = keyFile === undefined ? await ownKey(join(folder, SIGNING_KEY_FILE)) : await readFile(keyFile, 'utf8');
  const signer = noteSigner(pem);
  await writeFile(join(folder, PUBLIC_KEY_FILE), `${signer.verifier.text}\n`);
  return { signer, publish: (checkpoint) => appendLine(join(folder, CHECKPOINTS_FILE), checkpoint.note) };
}

async function ownKey(file: string): Promise<string> {
  try {
    // wx: of two processes that start together one makes the key, and the other reads it
    await writeFile(file, generateSigningKey(), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(file, 'utf8');
}

async function appendLine(file: string, note: string): Promise<void> {
  const handle = await open(file, 'a');
  try {
    // a line that a crash cut is ended first, so that it spoils no other
    await handle.write(`${(await endsWithinLine(file)) ? '\n' : ''}${canonicalJson({ checkpoint: note })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function endsWithinLine(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    return size > 0 && last.toString() !== '\n';
  } finally {
    await handle.close();
  }
}

/** The signed checkpoints of a file of them, and how many lines are none. */
export function parseCheckpointFile(text: string): { readonly notes: readonly string[]; readonly damaged: number } {
  const lines = text.split('\n').filter((line) => line !== '');
  const notes = lines.flatMap((line) => {
    try {
      const { checkpoint } = JSON.parse(line) as { checkpoint?: unknown };
      return typeof checkpoint === 'string' ? [checkpoint] : [];
    } catch {
      return [];
    }
  });
  return { notes, damaged: lines.length - notes.length };
}
