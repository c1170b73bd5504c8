import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json: above the sources and above dist/ alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('No package.json above this module.');
    folder = parent;
  }
  return folder;
}

export const migrationsFolder = (set: 'command' | 'query' | 'market-data'): string =>
  join(packageRoot(), 'migrations', set);
