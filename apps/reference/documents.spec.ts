import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '#platform';
import { cli } from '../cli/cli.fixture.js';

const root = packageRoot();
const inFolder = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'],
  ...['docs', 'docs/how-to', 'docs/adr', 'docs/reference'].flatMap(inFolder),
];
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Lines that a reader is told to type, with those that end in a backslash joined. */
const commandsOf = (text: string): string[] =>
  [...text.matchAll(/^ *```sh[^\n]*\n(.*?)^ *```/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/^\s*|\s+#.*$/g, ''))
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
const commands = documents.flatMap((file) => commandsOf(textOf(file)).map((command) => ({ file, command })));

const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
/** Those that npm knows without a script. */
const OF_NPM = new Set(['ci', 'install']);

describe('a command in a document', () => {
  it.each(commands.filter(({ command }) => /\bnpm /.test(command)))('of npm exists: $file: $command', ({ command }) => {
    for (const [, run, name = ''] of command.matchAll(/\bnpm (run (?:--silent )?)?([\w:-]+)/g)) {
      expect(run === undefined && OF_NPM.has(name) ? name : Object.keys(scripts)).toContain(name);
    }
  });

  const OURS = /(?:\bcoordination (?:-- )?|cli\/main\.js )([a-z][a-z-]*)([^|&;>]*)/;
  it.each(commands.filter(({ command }) => OURS.test(command)))(
    'of the command line exists, with its options: $file: $command',
    async ({ command }) => {
      const [, name = '', rest = ''] = OURS.exec(command) ?? [];
      const [below = ''] = name === 'risk-model' ? rest.trim().split(/\s/) : [];
      const help = await cli(name, ...(below === '' ? [] : [below]), '--help');
      expect(help.code).toBe(0);
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) expect(help.out).toContain(option);
    },
  );

  it.each(commands)('names files of the project that are there: $file: $command', ({ command }) => {
    for (const [file] of command.matchAll(/(?<![\w/.])(?:docs|deploy|bench|apps|libs)\/[\w./-]+/g)) {
      expect([file, existsSync(join(root, file))]).toEqual([file, true]);
    }
  });
});

describe('a link in a document', () => {
  /** The anchor that a heading gets. */
  const anchors = (file: string): Set<string> =>
    new Set(
      [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    );

  it.each(documents)('leads somewhere: %s', (file) => {
    const links = [...textOf(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    for (const link of links.filter((each) => !/^[a-z]+:/.test(each))) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : join(dirname(file), path);
      expect([link, existsSync(join(root, target))]).toEqual([link, true]);
      if (anchor !== undefined) expect([link, anchors(target).has(anchor)]).toEqual([link, true]);
    }
  });
});
