import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { goldenHashes } from '#testing';

/** Compiles the pure libraries and the golden coordinations into a folder that any Node can run without packages. */
function compile(folder: string): void {
  const swc = join('node_modules', '.bin', 'swc');
  const sources = ['engine', 'domain', 'testing'].map((lib) => join('libs', lib));
  execFileSync(swc, [
    ...sources,
    '--out-dir',
    folder,
    '--config-file',
    '.swcrc',
    '--ignore',
    '**/*.spec.ts',
    '--quiet',
  ]);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "imports": { "#*": "./libs/*/index.js" } }');
  writeFileSync(
    join(folder, 'print.js'),
    `import { goldenHashes } from './libs/testing/golden/golden-hashes.js';
process.stdout.write(JSON.stringify(goldenHashes()));`,
  );
}

/** Other Nodes, named by COORDINATION_NODES: paths of their binaries. */
const others = (process.env['COORDINATION_NODES'] ?? '').split(delimiter).filter((path) => path !== '');
const eachOther = others.length > 0 ? it.each(others) : it.skip.each(['(COORDINATION_NODES names no other Node)']);

/** Without a compiler, and without any machine code at all: slow, so that everything runs at once. */
const MODES = ['--no-opt', '--jitless'] as const;
const TIMEOUT_MS = 300_000;

describe('golden answers elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coordination-golden-'));
  const answers = new Map<string, Promise<unknown>>();
  let here: Record<string, string>;

  beforeAll(() => {
    compile(folder);
    for (const mode of MODES) start(mode, run(process.execPath, mode));
    for (const node of others) start(node, run(node));
    here = goldenHashes();
  }, TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function run(node: string, ...flags: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(node, [...flags, 'print.js'], { cwd: folder });
    return JSON.parse(stdout);
  }

  function start(runtime: string, answer: Promise<unknown>): void {
    // a failure is the test's that waits for it, and may come before that does
    answer.catch(() => undefined);
    answers.set(runtime, answer);
  }

  const isTheSame = async (runtime: string) => expect(await answers.get(runtime)).toEqual(here);

  it.each(MODES)('are the same in another process under %s', isTheSame, TIMEOUT_MS);
  eachOther('are the same on %s', isTheSame, TIMEOUT_MS);
});
