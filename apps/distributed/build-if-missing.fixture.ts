import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#platform';

const NAMES = ['command', 'projector', 'query'];

/** The processes are started as they are built; `npm test` has built them already. */
export function buildIfMissing(): void {
  if (NAMES.every((name) => existsSync(join(packageRoot(), 'dist', 'apps', name, 'main.js')))) return;
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: packageRoot() });
}
