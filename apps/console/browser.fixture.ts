import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

/** Debian's; another one can be named. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Without a browser its tests are skipped. */
export const describeInBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser of a profile of its own, and what went wrong in its pages. */
export class TestBrowser {
  /** errors that a page threw or that the policy of the page refused */
  readonly faults: string[] = [];
  /** hosts that were asked for anything */
  readonly hosts = new Set<string>();

  private constructor(
    private readonly context: BrowserContext,
    private readonly profile: string,
  ) {}

  static async open(): Promise<TestBrowser> {
    const profile = mkdtempSync(join(tmpdir(), 'console-browser-'));
    const context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: ARGUMENTS });
    context.setDefaultTimeout(20_000);
    return new TestBrowser(context, profile);
  }

  async page(): Promise<Page> {
    const page = await this.context.newPage();
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.faults.push(message.text());
    });
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (protocol.startsWith('http')) this.hosts.add(host);
    });
    return page;
  }

  async close(): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}
