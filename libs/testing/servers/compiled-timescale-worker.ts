import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { transformFile } from '@swc/core';

import { packageRoot } from '#platform';

/**
 * The worker of the embedded TimescaleDB as the JavaScript that a thread runs: Jest transforms only what it loads itself.
 * Compiled from the source as it is now, to a file named by its content; inside node_modules, so that it finds its packages.
 */
export async function compiledTimescaleWorker(): Promise<URL> {
  const source = join(packageRoot(), 'libs/platform/embedded/timescale.worker.ts');
  const { code } = await transformFile(source, { configFile: join(packageRoot(), '.swcrc'), sourceMaps: false });
  const folder = join(packageRoot(), 'node_modules/.cache/coordination-workers');
  const file = join(folder, `timescale-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`);
  await mkdir(folder, { recursive: true });
  // whole or not at all: other Jest workers may be writing and reading it
  await writeFile(`${file}.${process.pid}`, code);
  await rename(`${file}.${process.pid}`, file);
  return pathToFileURL(file);
}
