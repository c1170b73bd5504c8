import { readFileSync } from 'node:fs';
import { ENGINE_VERSION } from '#engine';
import { goldenHashes } from '#testing';

interface GoldenFile {
  readonly engine_version: string;
  readonly hashes: Readonly<Record<string, string>>;
}

const golden = JSON.parse(readFileSync(new URL('./golden-hashes.json', import.meta.url), 'utf8')) as GoldenFile;
const hashes = goldenHashes();

describe('golden answers', () => {
  it('are those of the engine version that they were recorded with', () => {
    const changed = Object.keys({ ...golden.hashes, ...hashes }).filter((name) => hashes[name] !== golden.hashes[name]);
    expect(verdict(changed)).toBe('unchanged');
  });

  it('are given again by a process that has warmed up', () => {
    expect(goldenHashes()).toEqual(hashes);
  });
});

/** What is to be done about changed answers: recorded coordinations are replayed and compared by their bytes. */
function verdict(changed: readonly string[]): string {
  if (golden.engine_version !== ENGINE_VERSION) {
    return `engine version ${ENGINE_VERSION} has no golden answers yet: run \`npm run golden\``;
  }
  if (changed.length === 0) return 'unchanged';
  return `other answers (${changed.join(', ')}) under the same engine version: raise ENGINE_VERSION in libs/engine/version.ts and run \`npm run golden\``;
}
