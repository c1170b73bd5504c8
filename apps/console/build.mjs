// Bundles the pages of the console into dist/apps/console/page: one script, one style sheet, nothing from other hosts.
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = join(dirname(fileURLToPath(import.meta.url)), 'page');
const out = join(source, '../../../dist/apps/console/page');

await mkdir(out, { recursive: true });
await build({
  entryPoints: { console: join(source, 'main.tsx') },
  outdir: out,
  bundle: true,
  minify: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
});
await Promise.all(['index.html', 'icon.svg'].map((file) => copyFile(join(source, file), join(out, file))));
