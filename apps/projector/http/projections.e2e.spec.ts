import { createHash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp } from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels } from '#read-models';
import { coordinationCompleted, RecordedLog, sampleDecision, withPostgres } from '#testing';
import { cli } from '../../cli/cli.fixture.js';
import { ProjectorModule } from '../projector.module.js';

const STREAM = 'coordination-poisoned';
const KEYS = [
  { name: 'reader', scopes: ['read'] },
  { name: 'operator', scopes: ['read', 'operate'] },
] as const;

describe('the projections over HTTP and on the command line', () => {
  const postgres = withPostgres();
  const log = new RecordedLog([
    coordinationCompleted({ position: 1n }),
    coordinationCompleted({ position: 2n, stream: STREAM }, { decisions: [sampleDecision('X'.repeat(21))] }),
    coordinationCompleted({ position: 3n, stream: STREAM, version: 3 }),
    coordinationCompleted({ position: 4n }),
  ]);
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    const readModels = await openReadModels(await postgres.open());
    const cache = new MemoryReadModelCache();
    const adapters = { eventStore: log, readModels, cache, advance: new AdvanceSignal(), pollIntervalMs: 20 };
    app = await createHttpApp([ProjectorModule.register({ ...adapters, exclusive: true })], {
      settings: {
        HOST: '127.0.0.1',
        MAX_BODY_BYTES: 10_000,
        API_KEYS: KEYS.map(({ name, scopes }) => ({ name, scopes, hash: createHash('sha256').update(name).digest() })),
        LOG_LEVEL: 'silent',
      },
      service: 'projector',
      description: { title: 'projector', description: '', schemas: {} },
    });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    process.env['COORDINATION_API_KEY'] = 'operator';
  });
  afterAll(async () => {
    delete process.env['COORDINATION_API_KEY'];
    await app.close();
  });

  const call = async (method: string, path: string, options: { key?: string; body?: object } = {}) => {
    const { key = 'operator', body } = options;
    const headers = { authorization: `Bearer ${key}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const readModels = async () => {
    const { body } = await call('GET', '/projections');
    return (body['projections'] as Record<string, unknown>[])[0] as Record<string, unknown>;
  };
  const settled = async (position: string) => {
    for (let tries = 0; tries < 500; tries++) {
      const found = await readModels();
      if (found['position'] === position) return found;
      await new Promise((wake) => setTimeout(wake, 10));
    }
    throw new Error(`Position ${position} is not reached.`);
  };

  it('tell how far they are, and what is parked', async () => {
    expect(await settled('4')).toMatchObject({
      name: 'read-models',
      lag_events: '0',
      stopped: null,
      version: 1,
      former_version: null,
      parked: { failed: 1, held: 1 },
      aggregates: [],
      job: null,
    });
    expect((await readModels())['lanes']).toHaveLength(8);
    const { body } = await call('GET', '/projections/parked', { key: 'reader' });
    expect(body['parked']).toMatchObject([
      { id: '2', stream: STREAM, reason: 'FAILED', attempts: 3 },
      { id: '3', stream: STREAM, reason: 'HELD', error: 'waits for the event at position 2 of its stream' },
    ]);
    const metrics = await (await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer operator' } })).text();
    expect(metrics).toMatch(/projector_parked_total\S* 1/);
    expect(metrics).toMatch(/projector_dead_letters\{reason="HELD"\S* 1/);
    const shown = await cli('projections', '--url', url);
    expect([shown.code, shown.notes]).toEqual([0, '']);
    expect(shown.out).toContain('read-models: at 4, 0 behind; version 1\n  parked: 1 failed, 1 wait for them\n');
    expect((await cli('projections', 'parked', '--url', url)).out).toContain(STREAM);
  });

  it('fold parked events after all, once they can be folded', async () => {
    const failed = await call('POST', '/projections/parked/3/retry');
    expect(failed).toMatchObject({ status: 200, body: { stream: STREAM, applied: 0, remaining: 2 } });
    expect(failed.body['error']).toContain('character varying(20)');
    const refused = await cli('projections', 'retry', '2', '--url', url);
    expect([refused.code, refused.notes]).toEqual([1, expect.stringContaining('character varying(20)') as string]);
    log.replace(coordinationCompleted({ position: 2n, stream: STREAM }));
    const retried = await cli('projections', 'retry', '2', '--url', url);
    expect([retried.code, retried.out]).toEqual([0, `${STREAM}: 2 folded, 0 still parked.\n`]);
    expect((await cli('projections', 'parked', '--url', url)).out).toBe('Nothing is parked.\n');
    for (const id of ['2', '0', 'x', '99999999999999999999']) {
      expect((await call('POST', `/projections/parked/${id}/retry`)).status).toBe(404);
    }
  });

  it('need the scope that fits', async () => {
    for (const [method, path] of [
      ['POST', '/projections/parked/2/retry'],
      ['POST', '/projections/read-models/rebuild'],
      ['POST', '/projections/read-models/rollback'],
      ['DELETE', '/projections/jobs/1'],
    ] as const) {
      expect((await call(method, path, { key: 'reader' })).status).toBe(403);
    }
  });

  it('are rebuilt and taken back', async () => {
    expect((await call('POST', '/projections/read-models/rollback')).body['detail']).toContain('no former version');
    expect((await call('POST', '/projections/cache/rebuild')).status).toBe(404);
    const wrong = await call('POST', '/projections/read-models/rebuild', { body: { switch: 'perhaps' } });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ pointer: '/switch' }] } });

    const rebuilt = await cli('rebuild', 'read-models', '--watch', '--url', url);
    expect([rebuilt.code, rebuilt.out]).toEqual([0, 'Job 1: version 2 of the read models is live.\n']);
    expect(await settled('4')).toMatchObject({
      version: 2,
      former_version: 1,
      job: { id: '1', state: 'DONE', progress: 1, eta_seconds: null, comparison: { equal: true } },
    });
    const back = await cli('rebuild', 'read-models', '--rollback', '--watch', '--json', '--url', url);
    expect(JSON.parse(back.out)).toMatchObject({ id: '2', kind: 'rollback', state: 'DONE', version: 1 });
    expect((await call('GET', '/projections/jobs/2')).body).toMatchObject({ state: 'DONE' });
    expect((await call('GET', '/projections/jobs/3')).status).toBe(404);
    expect((await call('DELETE', '/projections/jobs/2')).status).toBe(409);
    log.push(coordinationCompleted({ position: 5n }));
    await settled('5');
  });

  it('are not ready, and say why, where the log goes on with an event from a newer program', async () => {
    log.push({ ...coordinationCompleted({ position: 6n }), schemaVersion: 99 });
    for (let tries = 0; (await readModels())['stopped'] === null && tries < 500; tries++) {
      await new Promise((wake) => setTimeout(wake, 10));
    }
    const ready = await call('GET', '/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.body['detail']).toContain(
      'a coordination_completed of version 99 at position 6, and this program knows it up to version 3',
    );
    expect(await readModels()).toMatchObject({ position: '5', lag_events: '1', parked: { failed: 0, held: 0 } });
  });
});
