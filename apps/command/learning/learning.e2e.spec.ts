import type {
  CoordinationRequested,
  CoordinationResponse,
  DecisionOutcomeRow,
  TradingSignal,
  WhatIfReport,
} from '#domain';
import { closesOf, MarketDataStore } from '#market-data';
import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from '../e2e/command-app.js';
import { sampleMarket, samplePortfolio } from '../e2e/sample-request.js';
import type { ReplayJob } from '../replay/replay-job.js';
import { OutcomeMeasurer } from '../outcomes/outcome-measurer.js';
import { LearnedStates } from './learned-states.js';
import type { LearningReport } from './learning.js';

const postgres = withPostgres();
const IDS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF'];
const LEARNED_ON = 44;
const DAYS = weekdays('2025-01-06', 90);

function weekdays(from: string, count: number): string[] {
  const days: string[] = [];
  for (let time = Date.parse(from); days.length < count; time += 86_400_000) {
    if (new Date(time).getUTCDay() % 6 !== 0) days.push(new Date(time).toISOString().slice(0, 10));
  }
  return days;
}

/** Which way an instrument goes on the next day: made up, the same in every run. */
const up = (day: number, i: number): boolean => ((day * 7 + i * 13) ^ (day >> 1) ^ (i * day)) % 3 === 0;

/** Two sources speak of three instruments each day: one knows where they go, the other says the opposite. */
const signalsOf = (day: number): TradingSignal[] =>
  [0, 1, 2].flatMap((n) => {
    const i = (day + n) % IDS.length;
    return (['knows', 'errs'] as const).map((source): TradingSignal => ({
      signal_id: `${source}-${i}`,
      source,
      instrument_id: IDS[i]!,
      action: up(day, i) === (source === 'knows') ? 'BUY' : 'SELL',
      strength: 0.8,
      confidence: source === 'knows' ? 0.6 : 0.9,
      generated_at: `${DAYS[day]!}T19:00:00Z`,
      horizon_days: 1,
    }));
  });

describe('learning from outcomes', () => {
  let db: SqlDatabase;
  let bars: MarketDataStore;
  let command: CommandApp;
  const open = () => openCommandApp(db, postgres.url, undefined, null, undefined, closesOf(bars, 'XNYS'));
  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('market-data'), { lockKey: 78 });
    bars = new MarketDataStore(db);
    const price = IDS.map(() => 100);
    await bars.upsertBars(
      DAYS.flatMap((day, t) =>
        IDS.map((instrument_id, i) => {
          if (t > 0) price[i]! *= up(t - 1, i) ? 1.02 : 0.982;
          return { instrument_id, day, close: price[i]!, volume: 1e6 };
        }),
      ),
    );
    command = await open();
  });
  afterAll(() => command.close());

  const coordinate = async (day: number): Promise<CoordinationResponse> => {
    const state = samplePortfolio();
    const answer = await command.post('/coordinate', {
      as_of: `${DAYS[day]!}T20:00:00Z`,
      signals: signalsOf(day),
      portfolio_state: { ...state, as_of: `${DAYS[day]!}T20:00:00Z` },
      market_data: sampleMarket(),
      coordination_parameters: { horizon_days: 1, max_position_size: 0.2, risk_budget_limit: 0.05, cash_buffer: 0 },
    });
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    return answer.json<CoordinationResponse>();
  };
  const measure = async (): Promise<void> => {
    while ((await command.app.get(OutcomeMeasurer).look()) > 0);
  };
  const learn = async (): Promise<LearningReport> => {
    const answer = await command.post('/learned-states/learn', {});
    expect(answer.status).toBe(200);
    return answer.json<LearningReport>();
  };
  const requestedWith = async (id: string): Promise<string> => {
    const [row] = await db.query<{ data: string }>(`SELECT data FROM events WHERE stream = $1 AND version = 1`, [
      `coordination-${id}`,
    ]);
    return (JSON.parse(row!.data) as CoordinationRequested['data']).learned_state_id;
  };
  const finished = async (replayId: string): Promise<ReplayJob> => {
    for (;;) {
      const job = (await command.get(`/replays/${replayId}`)).json<ReplayJob>();
      if (job.status !== 'QUEUED' && job.status !== 'RUNNING') return job;
      await new Promise((wake) => setTimeout(wake, 50));
    }
  };
  let champion: string;

  it('proposes a challenger that is not used', async () => {
    expect(await learn()).toEqual({
      observations: 0,
      challenger: null,
      proposed: false,
      judged: [],
      champion: 'prior',
    });
    for (let day = 0; day < LEARNED_ON; day += 1) await coordinate(day);
    await measure();
    const report = await learn();
    expect(report).toMatchObject({ observations: 6 * LEARNED_ON, proposed: true, judged: [], champion: 'prior' });
    champion = report.challenger!;
    const state = await command.app.get(LearnedStates).find(champion);
    expect(state!.reliability['knows']).toBeGreaterThan(0.6);
    expect(state!.reliability['errs']).toBeLessThan(0.2);
    const { coordination_id } = await coordinate(LEARNED_ON);
    expect(await requestedWith(coordination_id)).toBe('prior');
    // judged on nothing yet, and no other one is proposed meanwhile
    expect(await learn()).toMatchObject({ challenger: null, judged: [], champion: 'prior' });
  });

  it('uses it from when it has won on decisions that it had not seen, in every process', async () => {
    for (let day = LEARNED_ON + 1; day < LEARNED_ON + 20; day += 1) await coordinate(day);
    await measure();
    const other = await open();
    expect(await learn()).toMatchObject({ judged: [{ learned_state_id: champion, verdict: 'PROMOTE' }], champion });
    const { coordination_id, decisions } = await coordinate(70);
    expect(await requestedWith(coordination_id)).toBe(champion);
    await other.app.get(LearnedStates).look();
    expect(other.app.get(LearnedStates).current().id).toBe(champion);
    await other.close();
    // with what is believed of the two, the one that knows is followed
    const traded = decisions.filter(({ quantity }) => quantity > 0);
    expect(traded.length).toBeGreaterThan(0);
    for (const { instrument_id, action } of traded) {
      expect(action).toBe(up(70, IDS.indexOf(instrument_id)) ? 'BUY' : 'SELL');
    }
  });

  it('replays every coordination with what was believed then', async () => {
    const job = await command.post('/replays', { mode: 'verify' });
    const { replay_id } = job.json<{ replay_id: string }>();
    const done = await finished(replay_id);
    const { total } = done.progress;
    expect(done.report).toMatchObject({ verified: total, different: 0, failed: 0 });
  });

  it('tells what another configuration would have earned', async () => {
    const job = await command.post('/replays', { mode: 'what-if', coordination_parameters: { max_turnover: 0 } });
    const done = await finished(job.json<ReplayJob>().replay_id);
    const { profit } = done.report as WhatIfReport;
    expect(profit!.coordinations).toBe(done.progress.total);
    expect(profit!.replayed).toBe(0);
    expect(profit!.recorded).not.toBe(0);
  });

  it('goes back by hand, with a reason', async () => {
    expect((await command.post('/learned-states/revert', {})).json()).toMatchObject({
      errors: [{ pointer: '/reason' }],
    });
    const reverted = await command.post('/learned-states/revert', { reason: 'a new desk' });
    expect([reverted.status, reverted.json()]).toEqual([200, { champion: 'prior' }]);
    const { coordination_id } = await coordinate(71);
    expect(await requestedWith(coordination_id)).toBe('prior');
    expect((await command.post('/learned-states/revert', { reason: 'again' })).status).toBe(404);
  });

  it('has outcomes that say what each decision was expected to earn', async () => {
    const rows = await db.query<{ data: string }>(`SELECT data FROM events WHERE type = 'outcomes_measured'`);
    const decided = rows.flatMap(({ data }) => (JSON.parse(data) as { decisions: DecisionOutcomeRow[] }).decisions);
    expect(decided.length).toBeGreaterThan(10);
    for (const { alpha, shares, action } of decided) {
      expect(alpha * (action === 'BUY' ? 1 : -1)).toBeGreaterThan(0);
      expect(shares.length).toBeGreaterThan(0);
    }
  });
});
