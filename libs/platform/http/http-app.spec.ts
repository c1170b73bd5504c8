import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Body, Controller, Get, Module, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt, Max } from 'class-validator';
import { Type } from 'class-transformer';
import { RequireScope } from '../auth/scope-guard.js';
import { apiKeysSetting } from '../auth/api-keys.js';
import { SettingsError } from '../config/settings.js';
import { ReadinessChecks } from '../health/health.js';
import { OperatorError } from '../operator-error.js';
import { listen } from '../process/run-process.js';
import { createHttpApp } from './http-app.js';
import { ProblemException } from './problem-exception.js';

class PageQuery {
  @IsInt()
  @Max(10)
  @Type(() => Number)
  limit!: number;
}

@Controller()
class SampleController {
  @Get('public')
  @RequireScope('public')
  open() {
    return { ok: true };
  }

  @Get('page')
  @RequireScope('read')
  page(@Query() query: PageQuery) {
    return { limit: query.limit };
  }

  @Post('echo')
  @RequireScope('coordinate')
  echo(@Body() body: object) {
    return body;
  }

  @Get('unnamed')
  unnamed() {
    return {};
  }

  @Get('bug')
  @RequireScope('read')
  bug() {
    throw new Error('secret internals');
  }

  @Get('slow')
  @RequireScope('public')
  async slow() {
    await new Promise((done) => setTimeout(done, 400));
    return { ok: true };
  }

  @Get('busy')
  @RequireScope('read')
  busy() {
    throw new ProblemException('overloaded', { retryAfter: 3 });
  }
}

@Module({ controllers: [SampleController] })
class SampleModule {}

const KEY = 'sesame';
const keys = (scopes: string) =>
  apiKeysSetting.parse(`tester:${createHash('sha256').update(KEY).digest('hex')}:${scopes}`) ?? [];

const open = (apiKeys: ReturnType<typeof keys> = [], host = '127.0.0.1') =>
  createHttpApp([SampleModule], {
    settings: { HOST: host, MAX_BODY_BYTES: 2_000, API_KEYS: apiKeys, LOG_LEVEL: 'silent' },
    service: 'sample',
    description: { title: 'Sample', description: 'A sample.', schemas: { Thing: { type: 'object' } } },
  });

describe('an HTTP application', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => void (app = await open()));
  afterAll(() => app.close());

  const json = { 'content-type': 'application/json' };
  const post = (payload: string, headers: Record<string, string> = json) =>
    app.inject({ method: 'POST', url: '/echo', payload, headers });

  it('answers with a request id, keeps a plain one and security headers', async () => {
    const given = await app.inject({ url: '/public', headers: { 'x-request-id': 'abc-1' } });
    expect(given.headers['x-request-id']).toBe('abc-1');
    expect(given.headers['x-content-type-options']).toBe('nosniff');
    const odd = await app.inject({ url: '/public', headers: { 'x-request-id': 'a b\u0001' } });
    expect(odd.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['malformed JSON', '{"a":\n NaN}', json, 400, 'malformed-json', 'line 2, column 2'],
    ['an empty body', '', json, 400, 'malformed-json', 'empty'],
    ['a body over the limit', JSON.stringify({ a: 'x'.repeat(3_000) }), json, 413, 'body-too-large', ''],
    [
      'another media type',
      'a=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported-media-type',
      '',
    ],
    ['plain text', 'hello', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type', ''],
    ['a prototype key', '{"\\u005f_proto__": {"a": 1}}', json, 400, 'malformed-json', '__proto__'],
  ])('refuses %s with a problem document', async (_what, payload, headers, status, name, detail) => {
    const answer = await post(payload, headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    const document = answer.json<{ type: string; status: number; detail: string; request_id: string }>();
    expect(document).toMatchObject({ type: `/problems/${name}`, status, instance: '/echo' });
    expect(document.detail).toContain(detail);
    expect(document.request_id).toBe(answer.headers['x-request-id']);
  });

  it('answers an unknown route and a wrong method with a problem', async () => {
    for (const request of [{ url: '/nowhere' }, { method: 'DELETE' as const, url: '/echo' }]) {
      const answer = await app.inject(request);
      expect(answer.statusCode).toBe(404);
      expect(answer.json()).toMatchObject({ type: '/problems/unknown-route' });
      expect(answer.headers['x-request-id']).toBeDefined();
    }
  });

  it('points at bad query parameters', async () => {
    const answer = await app.inject({ url: '/page?limit=11&colour=red' });
    expect(answer.statusCode).toBe(422);
    const pointers = answer.json<{ errors: { pointer: string }[] }>().errors.map((error) => error.pointer);
    expect(pointers.sort()).toEqual(['/colour', '/limit']);
    expect((await app.inject({ url: '/page?limit=7' })).json()).toEqual({ limit: 7 });
  });

  it('hides the internals of a defect and announces when to come back', async () => {
    const bug = await app.inject({ url: '/bug' });
    expect(bug.statusCode).toBe(500);
    expect(bug.body).not.toContain('secret internals');
    const busy = await app.inject({ url: '/busy' });
    expect([busy.statusCode, busy.headers['retry-after']]).toEqual([503, '3']);
  });

  it('serves OpenAPI 3.1, the reference page from its own files, the kinds of problems and metrics', async () => {
    const description = (await app.inject({ url: '/openapi.json' })).json<{
      openapi: string;
      paths: Record<string, unknown>;
      components: { schemas: Record<string, unknown> };
    }>();
    expect(description.openapi).toBe('3.1.0');
    expect(Object.keys(description.paths)).toEqual(expect.arrayContaining(['/echo', '/page']));
    expect(description.components.schemas).toHaveProperty('Thing');
    const page = await app.inject({ url: '/docs' });
    expect(page.body).not.toMatch(/https?:\/\//);
    for (const [, file] of page.body.matchAll(/(?:href|src)="([^"]+)"/g)) {
      expect((await app.inject({ url: file ?? '' })).statusCode).toBe(200);
    }
    expect((await app.inject({ url: '/problems/body-too-large' })).json()).toMatchObject({ status: 413 });
    expect((await app.inject({ url: '/problems/toString' })).statusCode).toBe(404);
    const metrics = (await app.inject({ url: '/metrics' })).body;
    expect(metrics).toContain('http_request_duration_seconds_count{method="POST",route="/echo",status="413"}');
    expect(metrics).toContain('process_cpu_seconds_total');
  });

  it('is alive, and ready when every registered check passes', async () => {
    expect((await app.inject({ url: '/health/live' })).json()).toEqual({ status: 'ok' });
    expect((await app.inject({ url: '/health/ready' })).statusCode).toBe(200);
    app.get(ReadinessChecks).register('store', () => Promise.reject(new Error('connection refused')));
    const answer = await app.inject({ url: '/health/ready' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ type: '/problems/not-ready', detail: 'store: connection refused' });
  });
});

describe('listen', () => {
  it('says in one sentence why it cannot', async () => {
    const [first, second] = [await open(), await open()];
    const { port } = new URL(await listen(first, '127.0.0.1', 0));
    await expect(listen(second, '127.0.0.1', Number(port))).rejects.toThrow(OperatorError);
    await expect(listen(second, '127.0.0.1', Number(port))).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
    await expect(listen(second, '192.0.2.1', 0)).rejects.toThrow('HOST 192.0.2.1 is not an address of this machine');
    await Promise.all([first.close(), second.close()]);
  });

  it('lets requests in flight finish when it is closed', async () => {
    const app = await open();
    const url = await listen(app, '127.0.0.1', 0);
    const slow = fetch(`${url}/slow`);
    await new Promise((started) => setTimeout(started, 100));
    await app.close();
    expect((await slow).status).toBe(200);
    await expect(fetch(`${url}/public`)).rejects.toThrow();
  });
});

it('does not wait for a connection that never sent a request', async () => {
  const app = await open();
  const { port } = new URL(await listen(app, '127.0.0.1', 0));
  const ahead = connect(Number(port), '127.0.0.1');
  await once(ahead, 'connect');
  // by then the server knows of it too
  await fetch(`http://127.0.0.1:${port}/public`).then((answer) => answer.text());
  const ended = once(ahead, 'close');
  ahead.on('error', () => undefined);
  await app.close();
  await ended;
}, 10_000);

describe('credentials', () => {
  it('are required before listening beyond this machine', async () => {
    await expect(open([], '0.0.0.0')).rejects.toThrow(SettingsError);
    const app = await open(keys('read'), '0.0.0.0');
    await app.close();
  });

  it('open what their scopes say and nothing else', async () => {
    const app = await open(keys('read+coordinate'));
    const status = async (url: string, headers: Record<string, string>) =>
      (await app.inject({ url, headers })).statusCode;
    const bearer = { authorization: `Bearer ${KEY}` };
    expect(await status('/public', {})).toBe(200);
    expect(await status('/health/live', {})).toBe(200);
    expect(await status('/page?limit=1', {})).toBe(401);
    expect(await status('/metrics', {})).toBe(401);
    expect(await status('/page?limit=1', { authorization: 'Bearer wrong' })).toBe(401);
    expect(await status('/page?limit=1', bearer)).toBe(200);
    expect(await status('/page?limit=1', { 'x-api-key': KEY })).toBe(200);
    expect(await status('/unnamed', bearer)).toBe(403);
    await app.close();
  });
});
