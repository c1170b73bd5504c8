import type { OutcomesReceipt } from '#contracts';
import type { CoordinationResponse, MeasuredOutcomes } from '#domain';
import { OpenOutcomes } from '#event-store';
import { closesOf, MarketDataStore } from '#market-data';
import { migrate, migrationsFolder, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from '../e2e/command-app.js';
import { sampleRequest, sampleSignal } from '../e2e/sample-request.js';
import { OutcomeMeasurer } from './outcome-measurer.js';

const postgres = withPostgres();
const IDS = ['AAA', 'BBB', 'CCC', 'DDD', 'EEE', 'FFF'];
/** a Saturday's signals: the first close after them is that of the 23rd */
const DAYS = ['2025-06-20', '2025-06-23', '2025-06-24', '2025-06-25', '2025-06-26', '2025-06-27', '2025-06-30'];

describe('what came of a coordination', () => {
  let db: SqlDatabase;
  let bars: MarketDataStore;
  let command: CommandApp;
  let rival: CommandApp;
  const open = () => openCommandApp(db, postgres.url, undefined, null, undefined, closesOf(bars, 'XNYS'));
  beforeAll(async () => {
    db = await postgres.open();
    await migrate(db, migrationsFolder('market-data'), { lockKey: 77 });
    bars = new MarketDataStore(db);
    command = await open();
    rival = await open();
  });
  afterAll(async () => {
    await command.close();
    await rival.close();
  });

  /** Closes that rise by one a day from 100. */
  const store = (from: number, to: number, close = (day: number) => 100 + day) =>
    bars.upsertBars(
      DAYS.slice(from, to).flatMap((day, at) =>
        IDS.map((instrument_id) => ({ instrument_id, day, close: close(from + at), volume: 1e6 })),
      ),
    );
  const look = (on = command) => on.app.get(OutcomeMeasurer).look();
  const told = async (id: string) =>
    (
      await db.query<{ type: string; data: string }>(
        'SELECT type, data FROM events WHERE stream = $1 ORDER BY version',
        [`outcome-${id}`],
      )
    ).map(({ type, data }) => ({ type, data: JSON.parse(data) as MeasuredOutcomes }));
  const coordinate = async (over: object = {}) => {
    const answer = await command.post('/coordinate', { ...sampleRequest(), ...over });
    expect(answer.status).toBe(201);
    return answer.json<CoordinationResponse>();
  };

  it('is told as events when its horizon has passed in the bars, once, whoever looks', async () => {
    await store(0, 3);
    const signals = [sampleSignal(1, { horizon_days: 2 }), sampleSignal(2), sampleSignal(4)];
    const { coordination_id, decisions, rejected_signals } = await coordinate({ signals });
    await look();
    expect(await told(coordination_id)).toEqual([]);

    await store(3, 4);
    await Promise.all([look(), look(rival)]);
    const [first, ...none] = await told(coordination_id);
    expect([first!.type, none]).toEqual(['outcomes_measured', []]);
    expect(first!.data).toMatchObject({ measured_by: 'MARKET_DATA', regime: 'NORMAL', learned_state_id: 'prior' });
    const { outcome, ...signal } = first!.data.signals[0]!;
    expect(first!.data.signals).toHaveLength(1);
    expect(signal).toMatchObject({ signal_id: 's1', claim: 0.81, accepted: true, horizon_days: 2 });
    expect(outcome).toMatchObject({ entry_price: 101, exit_price: 103, hit: true, late_days: 0 });

    await store(4, 7);
    await look();
    await look(rival);
    const [, second, ...rest] = await told(coordination_id);
    expect(rest).toEqual([]);
    const traded = decisions.filter(({ quantity }) => quantity > 0);
    expect(second!.data.decisions.map(({ decision_id }) => decision_id)).toEqual(
      traded.map((each) => each.decision_id),
    );
    expect(second!.data.refusals.map(({ signal_id }) => signal_id)).toEqual(
      rejected_signals.map((each) => each.signal_id),
    );
    for (const { quantity, price, costs, profit, action, shares, alpha } of second!.data.decisions) {
      const direction = action === 'BUY' ? 1 : -1;
      expect(profit).toBeCloseTo(direction * quantity * price * (106 / 101 - 1) - costs, 6);
      expect(shares).toHaveLength(1);
      expect(alpha * direction).toBeGreaterThan(0);
    }
  });

  it('is told again where bars are revised, and only then', async () => {
    const { coordination_id } = await coordinate({ signals: [sampleSignal(1)] });
    await look();
    expect((await told(coordination_id)).map(({ type }) => type)).toEqual(['outcomes_measured']);
    await store(6, 7, () => 90);
    await look();
    expect(await told(coordination_id)).toHaveLength(1);
    await new OpenOutcomes(db).reopen('2025-06-30', '2025-06-30');
    await look();
    const [, corrected] = await told(coordination_id);
    expect(corrected).toMatchObject({
      type: 'outcomes_corrected',
      data: { signals: [{ outcome: { exit_price: 90, hit: false } }] },
    });
    await new OpenOutcomes(db).reopen('2025-06-30', '2025-06-30');
    await look();
    expect(await told(coordination_id)).toHaveLength(2);
  });

  it('may be posted, counts in place of the bars, and is answered once by its key', async () => {
    const { coordination_id, decisions } = await coordinate({ signals: [sampleSignal(1), sampleSignal(2)] });
    const [{ decision_id }] = decisions as unknown as [{ decision_id: string }];
    const outcomes = [{ decision_id, entry_price: 10, exit_price: 20, exit_at: '2025-07-01T20:00:00Z' }];
    const path = `/coordination/${coordination_id}/outcomes`;
    const key = { 'idempotency-key': 'posted' };
    const answer = await command.post(path, { outcomes }, key);
    const receipt: OutcomesReceipt = { coordination_id, version: 1, measured: 1, corrected: 0, unchanged: 0 };
    expect([answer.status, answer.json()]).toEqual([200, receipt]);
    expect((await rival.post(path, { outcomes }, key)).json()).toEqual(receipt);
    expect((await command.post(path, { outcomes })).json()).toMatchObject({ unchanged: 1, version: 1 });
    await look();
    const [posted, measured] = await told(coordination_id);
    expect(posted!.data).toMatchObject({ measured_by: 'POSTED', decisions: [{ outcome: { realised_return: 1 } }] });
    expect(measured!.data.decisions.map((each) => each.decision_id)).not.toContain(decision_id);
  });

  it.each([
    [
      '/coordination/coord_20200101_001/outcomes',
      { outcomes: [{ signal_id: 's1', entry_price: 1, exit_price: 1, exit_at: '2025-07-01T20:00:00Z' }] },
      404,
      undefined,
    ],
    ['ID', { outcomes: [] }, 422, '/outcomes'],
    [
      'ID',
      { outcomes: [{ signal_id: 's1', entry_price: -1, exit_price: 1, exit_at: '2025-07-01T20:00:00Z' }] },
      422,
      '/outcomes/0/entry_price',
    ],
    [
      'ID',
      { outcomes: [{ signal_id: 'nobody', entry_price: 1, exit_price: 1, exit_at: '2025-07-01T20:00:00Z' }] },
      422,
      '/outcomes/0/signal_id',
    ],
    [
      'ID',
      { outcomes: [{ signal_id: 's1', entry_price: 1, exit_price: 1, exit_at: '2025-06-01T20:00:00Z' }] },
      422,
      '/outcomes/0/exit_at',
    ],
  ])('is refused where it does not fit: %s %j', async (path, body, status, pointer) => {
    const { coordination_id } = await coordinate();
    const answer = await command.post(path === 'ID' ? `/coordination/${coordination_id}/outcomes` : path, body);
    expect(answer.status).toBe(status);
    if (pointer !== undefined) expect(answer.json()).toMatchObject({ errors: [{ pointer }] });
    expect(await told(coordination_id)).toEqual([]);
  });
});
