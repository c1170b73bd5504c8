import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '#platform';

/** What tomorrow's program is to this one: a newer version of an event, the next engine, and an answer of its own. */
const PATCHES: readonly (readonly [file: string, before: RegExp, after: string])[] = [
  ['libs/contracts/events/event-schemas.js', /(coordination_completed: \{\s*version: )3/, '$14'],
  [
    'libs/contracts/events/upcast.js',
    /('coordination_completed@2': optionalFieldsAdded,)/,
    "$1 'coordination_completed@3': optionalFieldsAdded,",
  ],
  ['libs/engine/version.js', /ENGINE_VERSION = '3'/, "ENGINE_VERSION = '4'"],
  ['libs/domain/coordination/parameters.js', /(p\.risk_aversion \?\? defaults\.riskAversion)/, '($1) * 1.5'],
];

export interface NewerBuild {
  readonly dist: string;
  remove(): Promise<void>;
}

/** A program that is released after this one, made of this one's build: it reads all that this one writes, and not the reverse. */
export async function newerBuild(): Promise<NewerBuild> {
  const root = packageRoot();
  const folder = await mkdtemp(join(tmpdir(), 'coordination-newer-'));
  const dist = join(folder, 'dist');
  await cp(join(root, 'dist'), dist, { recursive: true });
  for (const name of ['package.json', 'migrations', 'node_modules'])
    await symlink(join(root, name), join(folder, name));
  for (const [file, before, after] of PATCHES) {
    const path = join(dist, file);
    const text = await readFile(path, 'utf8');
    const patched = text.replace(before, after);
    if (patched === text)
      throw new Error(`${file} has nothing like ${before.source}: bring the patch forward with the code`);
    await writeFile(path, patched);
  }
  return { dist, remove: () => rm(folder, { recursive: true }) };
}
