// npm run reference: writes the pages of docs/reference that follow from the code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { referencePages } = await import(
  pathToFileURL(join(root, 'dist', 'libs', 'contracts', 'reference', 'reference-pages.js')).href
);
const folder = join(root, 'docs', 'reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(referencePages(pathToFileURL(join(root, 'libs', 'contracts', 'events/'))))) {
  const file = join(folder, name);
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }));
  console.log(`docs/reference/${name}`);
}
