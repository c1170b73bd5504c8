import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp, packageRoot } from '#platform';
import { buildIfMissing } from '../distributed/build-if-missing.fixture.js';
import { ConsoleModule } from './console.module.js';

const SIZE_MAX_BYTES = 300_000;
const FOLDER = join(packageRoot(), 'dist', 'apps', 'console', 'page');

describe('what the console is served from', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    buildIfMissing();
    app = await createHttpApp([ConsoleModule.register()], {
      // whoever has no key has to get the page that asks for it
      settings: {
        HOST: '127.0.0.1',
        MAX_BODY_BYTES: 10_000,
        API_KEYS: [{ name: 'desk', hash: Buffer.alloc(32), scopes: ['read'] }],
        LOG_LEVEL: 'silent',
      },
      service: 'query',
      description: { title: 'Query', description: 'Read models.', schemas: {} },
    });
  });
  afterAll(() => app.close());

  it('is small', () => {
    const sizes = readdirSync(FOLDER).map((file) => gzipSync(readFileSync(join(FOLDER, file))).length);
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(SIZE_MAX_BYTES);
  });

  it('runs nothing that is not of this origin, and nothing in line', async () => {
    const page = await app.inject('/console/');
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(page.body).not.toMatch(/https?:|<script>|<style|style=| on\w+=/);
    for (const [, file] of page.body.matchAll(/(?:src|href)="(.*?)"/g)) {
      expect([file, (await app.inject(file ?? '')).statusCode]).toEqual([file, 200]);
    }
    // library code names the addresses of its documentation; nothing is loaded from a style sheet
    expect((await app.inject('/console/console.css')).body).not.toMatch(/url\(|@import/);
  });

  it('has the page at the folder, and tells a browser that it has it already', async () => {
    const folder = await app.inject('/console');
    expect([folder.statusCode, folder.headers.location]).toEqual([308, '/console/']);
    const { headers } = await app.inject('/console/console.js');
    const again = await app.inject({
      url: '/console/console.js',
      headers: { 'if-none-match': String(headers.etag) },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it.each(['/console/other.js', '/console/..%2f..%2fpackage.json', '/console/constructor', '/console/a/b'])(
    'has no %s',
    async (url) => {
      expect((await app.inject(url)).statusCode).toBe(404);
    },
  );
});
