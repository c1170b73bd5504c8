import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '#platform';
import { findFreePort } from '#testing';
import { describeInBrowser, TestBrowser } from '../console/browser.fixture.js';
import { buildIfMissing } from '../distributed/build-if-missing.fixture.js';
import { StandaloneProcess } from './standalone-process.js';

const SLOW_MS = 300_000;
const root = packageRoot();

/** What the tutorial tells to type in the second terminal, block by block. */
const blocks = [...readFileSync(join(root, 'docs', 'tutorial.md'), 'utf8').matchAll(/^```sh\n(.*?)^```/gms)].map(
  ([, block = '']) => block,
);

/** The path of somebody new: the tutorial as it is written, on the service as it is started, and what it comes to in the console. */
describe('a newcomer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'newcomer-'));
  let service: StandaloneProcess;
  let url: string;
  const typed: string[] = [];
  const bash = (commands: string): string =>
    execFileSync('bash', ['-euo', 'pipefail', '-c', commands], { cwd: root, encoding: 'utf8', timeout: SLOW_MS });
  const there = (block: string): string =>
    block
      .replaceAll('http://127.0.0.1:3000', url)
      // the built command line, with the address of this service
      .replaceAll('npm run --silent coordination -- ', `node dist/apps/cli/main.js `)
      .replaceAll(/^(node dist\/apps\/cli\/main\.js .*)$/gm, `$1 --url ${url}`);

  beforeAll(async () => {
    buildIfMissing();
    const port = await findFreePort();
    service = StandaloneProcess.spawn(join(folder, 'data'), { port, args: ['--no-demo'] });
    await service.prints(/Ready after/);
    url = `http://127.0.0.1:${port}`;
  }, SLOW_MS);
  afterAll(async () => {
    await service.signal('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  it(
    'comes from own prices and signals to decisions, fills and proofs by the tutorial',
    () => {
      for (const block of blocks) typed.push(bash(there(block)));
      const all = typed.join('\n');
      for (const text of [
        '3600 inserted',
        'Risk model',
        'FENN',
        '"accepted":3',
        '"open_orders"',
        'every byte is the recorded one',
      ]) {
        expect(all).toContain(text);
      }
    },
    SLOW_MS,
  );

  it(
    'plays the demonstration, and gets a report of what it earned',
    async () => {
      expect(bash(`node dist/apps/cli/main.js demo --play --days 3 --url ${url}`)).toContain('3 days of the portfolio');
      const report = join(folder, 'report.html');
      const range = '--from 2024-11-01T00:00:00Z --to 2025-01-01T00:00:00Z';
      let said = '';
      // outcomes are told some seconds after their bars are there
      for (let attempt = 0; attempt < 60 && !/[1-9]\d* measured/.test(said); attempt += 1) {
        await new Promise((wake) => setTimeout(wake, 1_000));
        said = bash(`node dist/apps/cli/main.js report ${range} --out ${report} --url ${url}`);
      }
      expect(said).toMatch(/[1-9]\d* measured decisions/);
      expect(existsSync(report)).toBe(true);
      expect(readFileSync(report, 'utf8')).toContain('analyst_revisions');
    },
    SLOW_MS,
  );

  it(
    'asks from Python by the quickstart, and reads the history',
    () => {
      const said = bash(`${process.env['PYTHON'] ?? 'python3'} docs/examples/quickstart.py ${url}`);
      for (const text of ['OPTIMAL', 'SELL', 'XOM', 'refused:', 'the last decisions on XOM:'])
        expect(said).toContain(text);
    },
    SLOW_MS,
  );

  describeInBrowser('in the console', () => {
    it(
      'sees what was decided',
      async () => {
        const browser = await TestBrowser.open();
        try {
          const page = await browser.page();
          await page.goto(`${url}/console/`);
          // the first of the day is that of the tutorial
          await page.getByRole('link', { name: /_001$/ }).first().click();
          await page.getByText('FENN').first().waitFor();
          expect(browser.faults).toEqual([]);
        } finally {
          await browser.close();
        }
      },
      SLOW_MS,
    );
  });
});
