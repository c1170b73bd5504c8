// npm run golden [-- --unreleased]: records the hashes of the golden coordinations with the engine's version.
// Changed answers need a new version, so that a replay can tell which engine gave which bytes: without one this refuses,
// unless --unreleased says that nobody has used the version yet.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const file = join(root, 'libs', 'engine', 'golden', 'golden-hashes.json');
const load = (path) => import(pathToFileURL(join(root, 'dist', 'libs', path)).href);

const { ENGINE_VERSION } = await load('engine/index.js');
const { goldenHashes } = await load('testing/golden/golden-hashes.js');
const recorded = readRecorded();
const hashes = goldenHashes();
const changed = Object.keys(recorded.hashes).filter((name) => recorded.hashes[name] !== hashes[name]);

if (changed.length > 0 && recorded.engine_version === ENGINE_VERSION && !process.argv.includes('--unreleased')) {
  console.error(
    `Engine version ${ENGINE_VERSION} gave other answers when it was recorded (${changed.join(', ')}): raise ENGINE_VERSION in libs/engine/version.ts first, or give --unreleased.`,
  );
  process.exit(1);
}
writeFileSync(file, `${JSON.stringify({ engine_version: ENGINE_VERSION, hashes }, null, 2)}\n`);
console.log(
  `engine version ${ENGINE_VERSION}: ${Object.keys(hashes).length} golden answers recorded, ${changed.length} changed`,
);

function readRecorded() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return { engine_version: '', hashes: {} };
    throw error;
  }
}
