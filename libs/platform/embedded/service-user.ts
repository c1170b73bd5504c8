import { spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';

import { OperatorError } from '../operator-error.js';

/** Whom Postgres runs as where this process is root, which Postgres refuses. */
export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'postgres';

/** null where this process may run Postgres itself. The owner of existing data stays its owner. */
export async function chooseServiceUser(cluster: string): Promise<ServiceUser | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(cluster).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return lookUp(NAME) ?? createUser();
}

function createUser(): ServiceUser {
  spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', NAME]);
  const created = lookUp(NAME);
  if (created === null) {
    throw new OperatorError(
      `Postgres does not run as root and a user ${NAME} could not be made: start as another user, or name a server by URL.`,
    );
  }
  return created;
}

function lookUp(name: string): ServiceUser | null {
  const [uid, gid] = ['-u', '-g'].map((flag) => Number.parseInt(spawnSync('id', [flag, name]).stdout?.toString(), 10));
  if (uid === undefined || gid === undefined || Number.isNaN(uid) || Number.isNaN(gid)) return null;
  return { uid, gid };
}

export function canReach(user: ServiceUser, folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1" && ls . >/dev/null', 'sh', folder], { ...user, cwd: '/' }).status === 0;
}
