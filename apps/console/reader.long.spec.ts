import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Page } from 'playwright-core';
import { createHttpApp } from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels } from '#read-models';
import { coordinationCompleted, RecordedLog, withPostgres } from '#testing';
import { buildIfMissing } from '../distributed/build-if-missing.fixture.js';
import { ProjectorModule } from '../projector/projector.module.js';
import { QueryModule } from '../query/query.module.js';
import { describeInBrowser, TestBrowser } from './browser.fixture.js';
import { ConsoleModule } from './console.module.js';

const SLOW_MS = 120_000;
const KEY = 'key-of-the-desk';

/** A process that reads only and asks for a key, as in a distributed installation. */
describeInBrowser('the console of a query process with API keys', () => {
  const postgres = withPostgres();
  const apps: NestFastifyApplication[] = [];
  let browser: TestBrowser;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    buildIfMissing();
    const [writing, reading] = [await postgres.open(), await postgres.open()];
    const log = new RecordedLog([coordinationCompleted({ position: 1n })]);
    const [written, read] = [await openReadModels(writing), await openReadModels(reading)];
    const cache = new MemoryReadModelCache();
    const hash = createHash('sha256').update(KEY).digest();
    for (const modules of [
      [
        ProjectorModule.register({
          eventStore: log,
          readModels: written,
          cache,
          advance: new AdvanceSignal(),
          pollIntervalMs: 20,
        }),
      ],
      [QueryModule.register({ readModels: read, cache, commandUrl: '' }), ConsoleModule.register()],
    ]) {
      apps.push(
        await createHttpApp(modules, {
          settings: {
            HOST: '127.0.0.1',
            MAX_BODY_BYTES: 10_000,
            API_KEYS: [{ name: 'desk', hash, scopes: ['read'] }],
            LOG_LEVEL: 'silent',
          },
          service: 'query',
          description: { title: 'Query', description: 'Read models.', schemas: {} },
        }),
      );
    }
    await apps[1]?.listen(0, '127.0.0.1');
    url = (await apps[1]?.getUrl()) ?? '';
    browser = await TestBrowser.open();
    page = await browser.page();
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    for (const app of apps) await app.close();
  }, SLOW_MS);

  it('asks for a key, refuses a wrong one, and keeps the right one for the tab alone', async () => {
    await page.goto(`${url}/console/`);
    const field = page.getByLabel('API key');
    await field.fill('nonsense');
    await page.getByRole('button', { name: 'Use' }).click();
    await page.getByText('The API key is not known.').waitFor();
    await field.fill(KEY);
    await page.getByRole('button', { name: 'Use' }).click();
    await page.getByRole('link', { name: 'coord_20250621_001' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);
    const other = await browser.page();
    await other.goto(`${url}/console/`);
    await other.getByText('Enter a key in the field at the top.').waitFor();
    await other.close();
  });

  it('says what another process serves', async () => {
    await page.goto(`${url}/console/#/operations`);
    await page.getByText('The projector is another process').waitFor();
    await page.goto(`${url}/console/#/coordination/coord_20250621_001`);
    await page.getByRole('button', { name: 'Save the optimisation problem' }).click();
    await page.getByText(/COMMAND_URL does not say where it is/).waitFor();
    await page.goto(`${url}/console/#/what-if`);
    await page.getByLabel('Request as JSON').fill('{}');
    await page.getByLabel('Value').fill('0.1');
    await page.getByRole('button', { name: 'Coordinate', exact: true }).click();
    await page.getByText('This process reads only').waitFor();
    expect(browser.faults).toEqual([]);
  });

  it('shows nothing any more when the key is forgotten', async () => {
    await page.goto(`${url}/console/#/`);
    await page.getByRole('link', { name: 'coord_20250621_001' }).waitFor();
    await page.getByRole('button', { name: 'Forget' }).click();
    await page.getByText('Enter a key in the field at the top.').waitFor();
    expect(await page.getByRole('link', { name: 'coord_20250621_001' }).count()).toBe(0);
  });
});
