import { CommandBus } from '@nestjs/cqrs';
import { type CoordinationResponse, EMPTY_WHAT_IF_REPORT, type VerifyReport, type WhatIfReport } from '#domain';
import { ReplayStore } from '#event-store';
import type { SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from '../e2e/command-app.js';
import { samplePortfolio, sampleRequest, sampleSignal } from '../e2e/sample-request.js';
import { PublishMarketModel } from '../market-model/publish-market-model.js';
import { sampleMarketModel } from '../e2e/sample-market-model.js';
import type { ReplayJob } from './replay-job.js';

const postgres = withPostgres();

describe('replays', () => {
  let db: SqlDatabase;
  let command: CommandApp;
  const ids: string[] = [];

  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
    // every kind of input: inline, a stored portfolio, a configuration that moves on, models that replace each other
    await command.put('/portfolios/main/state', samplePortfolio());
    for (const [round, risk_aversion] of [5, 50].entries()) {
      const context = { actor: 'test', correlationId: 'test', startedAt: 0 };
      await command.app.get(CommandBus).execute(new PublishMarketModel(sampleMarketModel(1 + round), context));
      await command.put('/configurations/named', { risk_aversion });
      const { signals, as_of } = sampleRequest({ signals: [0, 1, 2, 3, 4, 5].map((n) => sampleSignal(n)) });
      await coordinate({ signals, as_of, portfolio_id: 'main', config_name: 'named' });
      await coordinate({ ...sampleRequest(), portfolio_state: { ...samplePortfolio(), portfolio_id: 'other' } });
      await coordinate({ signals: [], portfolio_id: 'main' });
    }
  });
  afterAll(() => command.close());

  async function coordinate(request: object): Promise<void> {
    const answer = await command.post('/coordinate', request);
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    ids.push(answer.json<CoordinationResponse>().coordination_id);
  }
  const start = async (request: object): Promise<ReplayJob> => {
    const answer = await command.post('/replays', request);
    expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
    const job = answer.json<ReplayJob>();
    expect(answer.headers['location']).toBe(`/replays/${job.replay_id}`);
    return job;
  };
  const ended = async (replayId: string): Promise<ReplayJob> => {
    for (;;) {
      const job = (await command.get(`/replays/${replayId}`)).json<ReplayJob>();
      if (job.status !== 'QUEUED' && job.status !== 'RUNNING') return job;
      await new Promise((wake) => setTimeout(wake, 10));
    }
  };
  const verified = async (range: object = {}): Promise<VerifyReport> => {
    const job = await ended((await start({ mode: 'verify', range })).replay_id);
    expect(job.status).toBe('COMPLETED');
    expect(job.progress.done).toBe(job.progress.total);
    return job.report as VerifyReport;
  };

  it('verify every byte of the whole log, whatever the decisions were made from', async () => {
    expect(await verified()).toEqual({ verified: 6, different: 0, other_engine: 0, failed: 0, faults: [] });
  });

  it('keep to their range', async () => {
    expect((await verified({ portfolio_id: 'other' })).verified).toBe(2);
    const position = (
      await db.query<{ p: number }>(`SELECT position::int AS p FROM log WHERE stream = $1 AND version = 2`, [
        `coordination-${ids[2]}`,
      ])
    )[0]?.p as number;
    expect((await verified({ to_position: position })).verified).toBe(3);
    expect((await verified({ from_position: position + 1 })).verified).toBe(3);
    expect((await verified({ from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' })).verified).toBe(6);
  });

  it('run the same inputs under another configuration and report what would change', async () => {
    const request = {
      mode: 'what-if',
      range: { portfolio_id: 'main' },
      coordination_parameters: { max_position_size: 0.001 },
    };
    const job = await ended((await start(request)).replay_id);
    expect(job).toMatchObject({ status: 'COMPLETED', request });
    const report = job.report as WhatIfReport;
    expect(report).toMatchObject({ compared: 4, failed: 0, faults: [], profit: null });
    expect(report.coordinations_changed).toBeGreaterThan(0);
    expect(report.decisions_changed).toBeGreaterThan(0);
    expect(report.most_changed[0]?.changes[0]).toMatchObject({ instrument_id: expect.any(String) as string });
    expect(report.replayed.portfolio_utilization).toBeLessThan(report.recorded.portfolio_utilization);

    // under what they were decided with, nothing changes
    await command.put('/configurations/neutral', {});
    const same = { mode: 'what-if', range: { portfolio_id: 'other' }, config_name: 'neutral' };
    const unchanged = (await ended((await start(same)).replay_id)).report as WhatIfReport;
    expect(unchanged).toMatchObject({ compared: 2, coordinations_changed: 0, decisions_changed: 0 });
    expect(unchanged.replayed).toEqual(unchanged.recorded);
  });

  it('are taken up where a process that died left them', async () => {
    const store = new ReplayStore(db);
    const [{ last }] = (await db.query<{ last: string }>('SELECT max(position)::text AS last FROM log')) as [
      { last: string },
    ];
    const { replay_id } = await store.create({
      request: { mode: 'verify' },
      actor: 'test',
      configuration: null,
      afterPosition: 0n,
      toPosition: BigInt(last),
      total: 6,
      report: { verified: 0, different: 0, other_engine: 0, failed: 0, faults: [] },
    });
    const dead = '00000000-0000-4000-8000-000000000001';
    expect((await store.claim(dead, 1))?.replay_id).toBe(replay_id);
    const [first] = await store.coordinations(
      { request: { mode: 'verify' }, afterPosition: 0n, toPosition: BigInt(last) },
      1,
    );
    const report = { verified: 1, different: 0, other_engine: 0, failed: 0, faults: [] };
    const progress = { donePosition: first?.position ?? 0n, done: 1, report };
    expect(await store.advance(replay_id, dead, progress, 1)).toBe(true);
    // its lease has run out; another request wakes the runner
    await verified({ portfolio_id: 'other' });
    expect(await ended(replay_id)).toMatchObject({
      status: 'COMPLETED',
      report: { verified: 6 },
      progress: { done: 6 },
    });
    expect(await store.advance(replay_id, dead, progress, 1)).toBe(false);
  });

  it('go on, after a crash, under the configuration as it was when they were asked for', async () => {
    await command.put('/configurations/moving', { max_position_size: 0.001 });
    const request = { mode: 'what-if', range: { portfolio_id: 'other' }, config_name: 'moving' };
    const before = await ended((await start(request)).replay_id);
    expect((before.report as WhatIfReport).compared).toBe(2);
    await command.put('/configurations/moving', { max_position_size: 0.5 });
    // as a process that died before its first commit leaves it
    await db.query(
      `UPDATE replays SET status = 'RUNNING', lease_until = now(), done = 0, done_position = after_position, finished_at = NULL,
         report = $2 WHERE replay_id::text = $1`,
      [before.replay_id, JSON.stringify(EMPTY_WHAT_IF_REPORT)],
    );
    const after = await ended((await start(request)).replay_id);
    expect((await ended(before.replay_id)).report).toEqual(before.report);
    expect(after.report).not.toEqual(before.report);
  });

  it('name a byte that was changed, in what was decided and in what it was decided from', async () => {
    const flip = async (id: string | undefined, version: number, from: string, to: string): Promise<void> => {
      await db.query('ALTER TABLE events DISABLE TRIGGER ALL');
      const rows = await db.query(
        'UPDATE events SET data = replace(data, $3, $4) WHERE stream = $1 AND version = $2 AND data LIKE $5 RETURNING 1',
        [`coordination-${id}`, version, from, to, `%${from}%`],
      );
      await db.query('ALTER TABLE events ENABLE TRIGGER ALL');
      expect(rows).toHaveLength(1);
    };
    await flip(ids[0], 2, '"decision_id":"decision_001"', '"decision_id":"decision_00!"');
    // too small to change any decision: only the hashes know
    await flip(ids[1], 1, '"strength":0.9', '"strength":0.90');
    await flip(ids[4], 1, '{"as_of"', '<"as_of"');
    const report = await verified();
    expect(report).toMatchObject({ verified: 3, different: 2, other_engine: 0, failed: 1 });
    expect(report.faults.map((fault) => fault.coordination_id)).toEqual([ids[0], ids[1], ids[4]]);
    expect(report.faults[0]?.differences).toEqual([
      {
        pointer: expect.stringMatching(/^\/outcome\/decisions\/\d+\/decision_id$/) as string,
        recorded: 'decision_00!',
        replayed: 'decision_001',
      },
    ]);
    expect(report.faults[1]).toMatchObject({ reason: expect.stringContaining('hashed') as string, differences: [] });
    expect(report.faults[2]?.reason).toContain('JSON');
  });

  it('can be cancelled, and listed', async () => {
    const { replay_id } = await start({ mode: 'verify' });
    const cancelled = (await command.post(`/replays/${replay_id}/cancel`, {})).json<ReplayJob>();
    expect(['CANCELLED', 'COMPLETED']).toContain(cancelled.status);
    expect(await ended(replay_id)).toMatchObject({ status: cancelled.status });
    const listed = (await command.get('/replays')).json<readonly ReplayJob[]>();
    expect(listed[0]?.replay_id).toBe(replay_id);
    expect(listed.length).toBeGreaterThan(5);
  });

  it.each([
    [{}, '/mode'],
    [{ mode: 'audit' }, '/mode'],
    [{ mode: 'what-if' }, '/config_name'],
    [{ mode: 'verify', config_name: 'named' }, '/config_name'],
    [{ mode: 'what-if', config_name: 'nobody' }, '/config_name'],
    [
      { mode: 'what-if', coordination_parameters: { max_position_size: 3 } },
      '/coordination_parameters/max_position_size',
    ],
    [{ mode: 'verify', range: { from: '2025-06-21T10:00:00Z', to: '2025-06-21T10:00:00Z' } }, '/range/to'],
    [{ mode: 'verify', range: { from_position: 9, to_position: 8 } }, '/range/to_position'],
    [{ mode: 'verify', range: { from_position: 0 } }, '/range/from_position'],
    // nothing in it
    [{ mode: 'verify', range: { to: '2020-01-01T00:00:00Z' } }, '/range'],
    [{ mode: 'verify', range: { portfolio_id: 'nobody' } }, '/range'],
  ])('refuse %j with a pointer', async (request, pointer) => {
    const answer = await command.post('/replays', request);
    expect([answer.status, answer.json().errors[0]?.pointer]).toEqual([422, pointer]);
  });

  it('do not know what was never asked for', async () => {
    for (const answer of [await command.get('/replays/7'), await command.post('/replays/7/cancel', {})]) {
      expect([answer.status, answer.json().type]).toEqual([404, '/problems/not-found']);
    }
  });
});
