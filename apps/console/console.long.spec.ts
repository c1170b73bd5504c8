import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import type { CoordinationResponse } from '#domain';
import { findFreePort } from '#testing';
import { buildIfMissing } from '../distributed/build-if-missing.fixture.js';
import { StandaloneProcess } from '../standalone/standalone-process.js';
import { describeInBrowser, TestBrowser } from './browser.fixture.js';

const SLOW_MS = 240_000;

const request = JSON.parse(readFileSync('docs/examples/request.json', 'utf8')) as {
  signals: { signal_id: string; source: string; instrument_id: string }[];
  coordination_parameters: object;
};

/** The journeys of the person on the desk, on the service as it is started, in one browser. */
describeInBrowser('the console', () => {
  const root = mkdtempSync(join(tmpdir(), 'console-'));
  let port: number;
  let service: StandaloneProcess;
  let browser: TestBrowser;
  let page: Page;
  let demonstrated: CoordinationResponse;

  const url = (hash = ''): string => `http://127.0.0.1:${port}/console/#${hash}`;
  const start = async (): Promise<void> => {
    service = StandaloneProcess.spawn(join(root, 'data'), { port });
    await service.prints(/Ready after/);
  };
  const coordinate = async (body: object): Promise<CoordinationResponse> => {
    const answer = await fetch(`http://127.0.0.1:${port}/coordinate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(201);
    // until the read side has it
    const position = { 'coordination-position': answer.headers.get('coordination-position') ?? '' };
    const seen = await fetch(`http://127.0.0.1:${port}${answer.headers.get('location')}`, { headers: position });
    return (await seen.json()) as CoordinationResponse;
  };
  /** What an accessibility check finds in the page as it stands. */
  const barriers = async (): Promise<string[]> => {
    await page.evaluate(axe.source);
    return page.evaluate(async () => {
      const { violations } = await (
        globalThis as unknown as {
          axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        }
      ).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
    });
  };

  beforeAll(async () => {
    buildIfMissing();
    port = await findFreePort();
    [browser] = await Promise.all([TestBrowser.open(), start()]);
    page = await browser.page();
    const list = await fetch(`http://127.0.0.1:${port}/coordinations`);
    const { coordinations } = (await list.json()) as { coordinations: { coordination_id: string }[] };
    const answer = await fetch(`http://127.0.0.1:${port}/coordination/${coordinations[0]?.coordination_id}`);
    demonstrated = (await answer.json()) as CoordinationResponse;
  }, SLOW_MS);
  afterAll(async () => {
    await browser?.close();
    await service?.signal('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  }, SLOW_MS);

  it('lists the demonstration, and shows what is coordinated while it is open', async () => {
    await page.goto(url());
    await page.getByRole('link', { name: demonstrated.coordination_id }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const { coordination_id } = await coordinate(request);
    await page.getByRole('link', { name: coordination_id }).waitFor();
    expect(await barriers()).toEqual([]);
  });

  it('shows a coordination: decisions, reasons, refusals, limits, risk, weights, its place in the log', async () => {
    const [decision] = demonstrated.decisions;
    const refused = demonstrated.rejected_signals.find(({ counterfactual }) => counterfactual !== undefined);
    await page.goto(url(`/coordination/${demonstrated.coordination_id}`));
    for (const reason of decision?.coordination_reasoning ?? []) await page.getByText(reason).waitFor();
    expect(await page.getByRole('list', { name: 'Slices' }).getByRole('listitem').count()).toBe(
      decision?.timing_recommendation.slices.length,
    );
    const refusals = page.getByRole('table', { name: 'Refused signals' });
    expect(await refusals.getAttribute('aria-rowcount')).toBe(String(demonstrated.rejected_signals.length + 1));
    await refusals.getByRole('button', { name: refused?.signal_id ?? '', exact: true }).click();
    await page.getByText(refused?.reason ?? 'none').waitFor();
    await page.getByText(`With ${refused?.counterfactual?.parameter}`).waitFor();
    await page.getByRole('cell', { name: 'binds' }).first().waitFor();
    await page.getByRole('rowheader', { name: 'VaR 95, a day', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show the weights' }).click();
    await page.getByRole('table', { name: 'Weights before and after' }).waitFor();
    await page.getByRole('rowheader', { name: /^coordination_completed/ }).waitFor();
    expect(await barriers()).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await barriers()).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('saves the optimisation problem', async () => {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the optimisation problem' }).click(),
    ]);
    const text = readFileSync(await saved.path(), 'utf8');
    expect((JSON.parse(text) as { format: string }).format).toBe('coordination-problem/1');
  });

  it('is read on a phone without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('is reached by keyboard alone', async () => {
    await page.goto('about:blank');
    await page.goto(url());
    const link = page.getByRole('link', { name: demonstrated.coordination_id });
    await link.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent.slice(0, 40)');
    for (let tab = 0; tab < 40 && (await focused()) !== demonstrated.coordination_id; tab++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: demonstrated.coordination_id }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it('plots the performance and tells of the projections', async () => {
    await page.goto(url('/performance'));
    await page.getByRole('img', { name: /^Quality of coordination: \d+ points/ }).waitFor();
    expect(await barriers()).toEqual([]);
    await page.goto(url('/operations'));
    await page.getByText(/Version 1 of the read-models/).waitFor();
    expect(await barriers()).toEqual([]);
  });

  it('answers a what-if of a recorded coordination, and stores nothing', async () => {
    const stored = async (): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${port}/coordinations`);
      return ((await answer.json()) as { coordinations: unknown[] }).coordinations.length;
    };
    const before = await stored();
    await page.goto(url(`/what-if/${demonstrated.coordination_id}`));
    await page.getByLabel('Value').fill('0.05');
    await page.getByRole('button', { name: 'Coordinate', exact: true }).click();
    const turnover = page.getByRole('row', { name: /^Turnover 25\.00 %/ });
    await turnover.waitFor();
    expect(Number.parseFloat((await turnover.getByRole('cell').last().textContent()) ?? '')).toBeLessThanOrEqual(5);
    expect(await barriers()).toEqual([]);
    await page.getByLabel('Value').fill('-1');
    await page.getByRole('button', { name: 'Coordinate', exact: true }).click();
    await page.getByText('/coordination_parameters/max_turnover').first().waitFor();
    expect(await stored()).toBe(before);
  });

  it('shows names with markup in them and runs none of it', async () => {
    const source = '<img src=x onerror="document.body.dataset.run=1">';
    const { coordination_id } = await coordinate({
      ...request,
      signals: request.signals.map((signal) => ({ ...signal, source, signal_id: `<b>${signal.signal_id}</b>` })),
    });
    await page.goto(url(`/coordination/${coordination_id}`));
    await page.getByText('<img src=x').first().waitFor();
    await page.getByText('<b>').first().waitFor();
    expect(await page.evaluate('document.body.dataset.run')).toBeUndefined();
    expect(await page.locator('main img, main b').count()).toBe(0);
    await page.goto(url(`/coordination/${encodeURIComponent(source)}`));
    await page.getByRole('heading', { name: source }).waitFor();
    await page.getByRole('alert').waitFor();
  });

  it('keeps only the rows in sight of 2,000 decisions and 10,000 refusals', async () => {
    const [decision] = demonstrated.decisions;
    const [refusal] = demonstrated.rejected_signals;
    const many: CoordinationResponse = {
      ...demonstrated,
      coordination_id: 'many',
      decisions: Array.from({ length: 2_000 }, (_, i) => ({
        ...decision!,
        decision_id: `d${i}`,
        instrument_id: `I${i}`,
      })),
      rejected_signals: Array.from({ length: 10_000 }, (_, i) => ({ ...refusal!, signal_id: `s${i}` })),
    };
    // no other part is replaced: the service would take seconds to decide as many
    await page.route('**/coordination/many', (route) => route.fulfill({ json: many }));
    await page.goto(url('/coordination/many'));
    for (const [name, last] of [
      ['Decisions', 'I1999'],
      ['Refused signals', 's9999'],
    ] as const) {
      const table = page.getByRole('table', { name, exact: true });
      await table.waitFor();
      await page.getByRole('region', { name: `${name}, scrolls` }).press('End');
      await table.getByRole('button', { name: last, exact: true }).click();
      expect(await table.getByRole('row').count()).toBeLessThan(50);
    }
    await page.unroute('**/coordination/many');
  });

  it(
    'says when the service is gone, and goes on by itself when it is back',
    async () => {
      await page.goto(url());
      await page.getByText('Live', { exact: true }).waitFor();
      await service.signal('SIGKILL');
      await page.getByText('Not connected, trying again').waitFor();
      await page.getByRole('link', { name: demonstrated.coordination_id }).waitFor();
      await start();
      await page.getByText('Live', { exact: true }).waitFor({ timeout: 60_000 });
      const { coordination_id } = await coordinate(request);
      await page.getByRole('link', { name: coordination_id }).waitFor();
    },
    SLOW_MS,
  );

  it('asked no other host for anything, and nothing failed in it', () => {
    expect([...browser.hosts]).toEqual([`127.0.0.1:${port}`]);
    expect(browser.faults).toEqual([]);
  });
});
