import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { API_SCHEMAS } from '#contracts';
import type { MeasuredOutcomes } from '#domain';
import { createHttpApp, type SqlDatabase } from '#platform';
import { AdvanceSignal, MemoryReadModelCache, openReadModels } from '#read-models';
import {
  coordinationCompleted,
  outcomesCorrected,
  outcomesMeasured,
  recorded,
  RecordedLog,
  sampleOutcomes,
  withPostgres,
  withTimescale,
} from '#testing';
import { ProjectorModule } from '../../projector/projector.module.js';
import { QueryModule } from '../query.module.js';
import type { AccuracyAnswer } from './get-accuracy.js';
import type { AttributionAnswer } from './get-attribution.js';

const RANGE = 'from=2025-06-01T00:00:00Z&to=2025-08-01T00:00:00Z';

/** Forty days of one coordination each: a signal of momentum that is right three times of four, one of a source that is never. */
function outcomeOf(day: number): MeasuredOutcomes {
  const sample = sampleOutcomes(`coord_2025_${day}`);
  const decided_at = new Date(Date.UTC(2025, 5, 2 + day, 20)).toISOString();
  const hit = day % 4 !== 0;
  const realised_alpha = hit ? 0.01 + 0.001 * day : -0.02;
  const outcome = {
    ...sample.decisions[0]!.outcome,
    realised_alpha,
    benchmark_return: 0.002,
    hit,
    realised_return: realised_alpha + 0.002,
  };
  const [signal] = sample.signals as [MeasuredOutcomes['signals'][number]];
  const [decision] = sample.decisions as [MeasuredOutcomes['decisions'][number]];
  return {
    ...sample,
    decided_at,
    portfolio_id: day % 2 === 0 ? 'main' : 'other',
    regime: day < 20 ? 'NORMAL' : 'STRESSED',
    signals: [
      { ...signal, outcome, claim: 0.2 + 0.01 * day },
      {
        ...signal,
        signal_id: 's2',
        source: '<b>noise</b>',
        action: 'SELL',
        claim: -0.3,
        accepted: false,
        outcome: { ...outcome, hit: !hit },
      },
    ],
    decisions: [{ ...decision, outcome, profit: 100 * 199.5 * outcome.realised_return - 10 - 4 }],
    refusals: [{ ...sample.refusals[0]!, outcome, would_trade: { quantity: 10, price: 100, costs: 1 }, cost: 5 }],
  };
}

const postgres = withPostgres();
const timescale = withTimescale();

describe.each([
  ['plain Postgres', () => postgres.open()],
  ['TimescaleDB', () => Promise.resolve(timescale.db)],
])('what came of decisions, on %s', (_, open: () => Promise<SqlDatabase>) => {
  const log = new RecordedLog(
    Array.from({ length: 40 }, (__, day) => outcomesMeasured({ position: BigInt(day + 1) }, outcomeOf(day))),
  );
  let app: NestFastifyApplication;
  beforeAll(async () => {
    const readModels = await openReadModels(await open());
    const [cache, advance] = [new MemoryReadModelCache(), new AdvanceSignal()];
    app = await createHttpApp(
      [
        ProjectorModule.register({ eventStore: log, readModels, cache, advance, pollIntervalMs: 20 }),
        QueryModule.register({ readModels, cache, advance, positionTimeoutMs: 5_000 }),
      ],
      {
        settings: { HOST: '127.0.0.1', MAX_BODY_BYTES: 10_000, API_KEYS: [], LOG_LEVEL: 'silent' },
        service: 'query',
        description: { title: 'Query', description: 'Read models.', schemas: API_SCHEMAS },
      },
    );
    log.push(coordinationCompleted({ position: 41n }, { coordinationId: 'coord_2025_3' }));
  });
  afterAll(() => app.close());

  const get = async <T>(url: string, position = '41') => {
    const answer = await app.inject({ url, headers: { 'coordination-position': position } });
    return { status: answer.statusCode, body: answer.json<T>() };
  };

  it('is told by source: hit rates with intervals, coefficients, Brier scores that decompose', async () => {
    const { body } = await get<AccuracyAnswer>(`/accuracy?${RANGE}`);
    const [noise, momentum] = body.signals as [AccuracyAnswer['signals'][number], AccuracyAnswer['signals'][number]];
    expect([noise.key, momentum.key]).toEqual(['<b>noise</b>', 'momentum']);
    expect(momentum.hit_rate).toMatchObject({ hits: 30, trials: 40, rate: 0.75 });
    expect(momentum.hit_rate.low).toBeCloseTo(0.598, 3);
    expect(noise.hit_rate.rate).toBe(0.25);
    expect(momentum.information_coefficient.pooled).toBeGreaterThan(0.2);
    // one a day is no cross-section, and a constant confidence has one bin
    expect(momentum.information_coefficient).toMatchObject({ daily_mean: null, days: 0 });
    expect(momentum.reliability_curve).toHaveLength(1);
    const { score, reliability, resolution, uncertainty, within_bins } = momentum.brier!;
    expect(reliability - resolution + uncertainty + within_bins).toBeCloseTo(score, 12);
    expect(body.decisions).toEqual([]);
    expect(body.all_decisions.measured).toBe(40);
    expect(body.profit.days).toBe(40);
    expect(body.profit.deflated).toBeLessThanOrEqual(body.profit.probabilistic!);
  });

  it('is told by regime, for one portfolio, in a range', async () => {
    const { body } = await get<AccuracyAnswer>(`/accuracy?${RANGE}&by=regime&portfolio_id=main`);
    expect(body.decisions.map(({ key, measured }) => [key, measured])).toEqual([
      ['NORMAL', 10],
      ['STRESSED', 10],
    ]);
    const few = await get<AccuracyAnswer>('/accuracy?from=2025-06-02T00:00:00Z&to=2025-06-03T00:00:00Z&by=sector');
    expect(few.body.decisions).toMatchObject([{ measured: 1, information_coefficient: { pooled: null } }]);
    expect(few.body.profit).toEqual({ days: 1, sharpe: null, probabilistic: null, deflated: null });
    const none = await get<AccuracyAnswer>('/accuracy?from=2020-06-02T00:00:00Z&to=2020-06-03T00:00:00Z');
    expect(none.body).toMatchObject({
      signals: [],
      all_decisions: { measured: 0, brier: null },
      profit: { sharpe: null },
    });
  });

  it.each(['source', 'strategy', 'instrument', 'sector', 'regime', 'mode', 'configuration'])(
    'adds up to the profit of the decisions by %s',
    async (by) => {
      const { body } = await get<AttributionAnswer>(`/attribution?${RANGE}&by=${by}`);
      const expected = Array.from({ length: 40 }, (__, day) => outcomeOf(day).decisions[0]!.profit!).reduce(
        (a, b) => a + b,
      );
      const { selection, timing, execution, costs, total } = body.profit;
      expect(total).toBeCloseTo(expected, 6);
      expect(selection + timing + execution + costs).toBeCloseTo(expected, 6);
      expect(body.groups.reduce((sum, group) => sum + group.total, 0)).toBeCloseTo(expected, 6);
      expect(body.days.reduce((sum, day) => sum + day.profit, 0)).toBeCloseTo(expected, 6);
      expect(body.limits).toEqual([{ reason_code: 'NOT_HELD', refused: 40, quantified: 40, cost: 200, hits: 30 }]);
    },
  );

  it('is corrected by a later event', async () => {
    const before = await get<AttributionAnswer>(`/attribution?${RANGE}`);
    const data = outcomeOf(3);
    const [decision] = data.decisions as [MeasuredOutcomes['decisions'][number]];
    log.push(
      outcomesCorrected(
        { position: 42n },
        { ...data, decisions: [{ ...decision, costs: 104, profit: decision.profit! - 100 }] },
      ),
    );
    const after = await get<AttributionAnswer>(`/attribution?${RANGE}`, '42');
    expect(after.body.profit.total).toBeCloseTo(before.body.profit.total - 100, 6);
    expect(after.body.profit.decisions).toBe(40);
  });

  it('has a scorecard for each source, and the outcomes of one coordination', async () => {
    const { body } = await get<{ sources: { source: string }[] }>(`/sources?${RANGE}`);
    expect(body.sources).toMatchObject([
      { source: '<b>noise</b>', signals: 40, accepted: 0, profit: 0 },
      {
        source: 'momentum',
        measured: 40,
        accepted: 40,
        hit_rate: { rate: 0.75 },
        first_signal_at: '2025-06-02T20:00:00.000Z',
      },
    ]);
    const one = await get<{ decisions: object[]; profits: object[] }>('/coordination/coord_2025_3/attribution');
    expect(one.body).toMatchObject({ decisions: [{ decision_id: 'decision_001' }], profits: [{ source: 'momentum' }] });
    expect((await get('/coordination/nobody/attribution')).status).toBe(404);
  });

  it('tells what was learned: challengers, the champion with its test, and what is believed of a source', async () => {
    const proposed = (id: string, reliability: number) => ({
      state: {
        learned_state_id: id,
        reliabilities: [{ source: 'momentum', reliability }],
        regime_multipliers: [],
        error_correlations: [],
      },
      learned_until: '2025-06-20T20:00:00.000Z',
      observations: 100,
    });
    const test = {
      verdict: 'PROMOTE',
      look: 1,
      blocks: 12,
      mean_difference: 0.001,
      p_value_t: 0.01,
      p_value_bootstrap: 0.01,
      threshold: 0.03,
    } as const;
    log.push(
      recorded('learned_state_proposed', proposed('one', 0.6), { position: 43n }),
      recorded('learned_state_proposed', proposed('two', 0.7), { position: 44n }),
      recorded('learned_state_promoted', { learned_state_id: 'one', replaces: 'prior', test }, { position: 45n }),
      recorded(
        'learned_state_judged',
        { learned_state_id: 'two', test: { ...test, verdict: 'KEEP' } },
        { position: 46n },
      ),
    );
    const { body } = await get<{ learned_states: object[] }>('/learned-states', '46');
    expect(body.learned_states).toMatchObject([
      { learned_state_id: 'two', status: 'CHALLENGER', test: { verdict: 'KEEP' }, state: { learned_state_id: 'two' } },
      { learned_state_id: 'one', status: 'CHAMPION', test, learned_until: '2025-06-20T20:00:00.000Z' },
    ]);
    const { body: cards } = await get<{ sources: { reliability: number | null }[] }>(`/sources?${RANGE}`);
    expect(cards.sources.map(({ reliability }) => reliability)).toEqual([null, 0.6]);
    log.push(
      recorded('learned_state_promoted', { learned_state_id: 'two', replaces: 'one', test }, { position: 47n }),
      recorded(
        'learned_state_reverted',
        { learned_state_id: 'one', replaces: 'two', reason: 'a try' },
        { position: 48n },
      ),
    );
    const back = await get<{ learned_states: object[] }>('/learned-states?limit=5', '48');
    expect(back.body.learned_states).toMatchObject([{ status: 'FORMER' }, { status: 'CHAMPION' }]);
  });

  it.each([
    ['/accuracy?by=colour', 'by'],
    ['/attribution?from=2025-06-02T00:00:00Z&to=2025-06-01T00:00:00Z', '/from'],
    ['/sources?from=yesterday', 'from'],
  ])('refuses %s', async (url, pointer) => {
    const { status, body } = await get<{ errors: { pointer: string }[] }>(url);
    expect([status, body.errors[0]!.pointer]).toEqual([422, expect.stringContaining(pointer)]);
  });
});
