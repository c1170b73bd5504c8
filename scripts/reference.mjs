// npm run reference: writes the pages of docs/reference that follow from the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const load = (...path) => import(pathToFileURL(join(root, 'dist', ...path)).href);
const { referencePages } = await load('libs', 'contracts', 'reference', 'reference-pages.js');
const { appPages } = await load('apps', 'reference', 'app-pages.js');
const folder = join(root, 'docs', 'reference');
mkdirSync(folder, { recursive: true });
const pages = { ...referencePages(pathToFileURL(join(root, 'libs', 'contracts', 'events/'))), ...appPages() };
for (const [name, text] of Object.entries(pages)) {
  const file = join(folder, name);
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }));
  console.log(`docs/reference/${name}`);
}
