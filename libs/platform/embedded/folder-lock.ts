import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { OperatorError } from '../operator-error.js';
import { isAlive, processStart } from './process-identity.js';

export interface FolderLock {
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** tells a process from a later one with the same pid */
  readonly start: string | null;
  readonly host: string;
  readonly nonce: string;
}

const LOCK_FILE = 'in-use';
/** A holder on another host (a container that shares the volume) cannot be looked at, so it shows that it lives by touching the file. */
const TOUCH_MS = 2_000;
const SILENT_MS = 10_000;
/** before a folder that another process is just taking over is looked at again */
const RETRY_MS = 5;

/**
 * Makes the folder if it is missing and takes it for this process until released. What a killed process left behind is
 * taken over at once.
 * @throws OperatorError where another process has the folder, or it cannot be written
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, LOCK_FILE);
  const mine: Holder = {
    pid: process.pid,
    start: await processStart(process.pid),
    host: hostname(),
    nonce: randomBytes(8).toString('hex'),
  };
  await takeLock(folder, path, mine);
  const touch = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), TOUCH_MS);
  touch.unref();
  return {
    async release() {
      clearInterval(touch);
      const holder = await readHolder(path);
      if (holder?.nonce === mine.nonce) await rm(path, { force: true });
    },
  };
}

async function takeLock(folder: string, path: string, mine: Holder): Promise<void> {
  const draft = `${path}.${mine.nonce}`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  } catch (error) {
    throw new OperatorError(`The folder ${folder} cannot be written: ${describeIoError(error)}.`, { cause: error });
  }
  try {
    while (!(await linkIfAbsent(draft, path))) {
      const holder = await readHolder(path);
      if (holder !== null && (await isHeld(holder, path))) {
        const where = holder.host === hostname() ? '' : ` on ${holder.host}`;
        throw new OperatorError(`The folder ${folder} is in use by process ${holder.pid}${where}.`);
      }
      await clearStale(draft, path, holder);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes the lock of a holder that is gone. Several processes may find it so at the same time, and a slow one must not remove
 * the lock of whoever was faster: only the owner of a link that is named after the stale lock may, and only where it is still
 * that lock. Such a link may be left behind by a process that died here, and is then cleared in the same way.
 */
async function clearStale(draft: string, path: string, stale: Holder | null): Promise<void> {
  const right = `${path}.${stale?.nonce ?? 'unreadable'}`;
  if (!(await linkIfAbsent(draft, right))) {
    const other = await readHolder(right);
    if (other !== null && !(await isHeld(other, right))) return clearStale(draft, right, other);
    await new Promise((wake) => setTimeout(wake, RETRY_MS));
    return;
  }
  try {
    const holder = await readHolder(path);
    if (holder?.nonce === stale?.nonce) await rm(path, { force: true });
  } finally {
    await rm(right, { force: true });
  }
}

/** A link appears whole or not at all, so no one ever reads half a lock. */
async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function isHeld(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    const touched = await stat(path).catch(() => null);
    return touched !== null && Date.now() - touched.mtimeMs < SILENT_MS;
  }
  return isAlive(holder.pid) && (await processStart(holder.pid)) === holder.start;
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function describeIoError(error: unknown): string {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'no space left';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a file is in its way';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
