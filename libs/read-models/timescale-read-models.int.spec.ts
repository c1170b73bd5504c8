import type { SqlDatabase } from '#platform';
import type { RecordedEvent } from '#domain';
import { correlationMatrix, laneOf, rowChanges } from '#projections';
import {
  configurationDisabled,
  configurationSet,
  coordinationCompleted,
  riskModelPublished,
  portfolioStateSet,
  sampleContribution,
  sampleDecision,
  sampleMarketModel,
  sampleRejectedSignal,
  withPostgres,
  withTimescale,
} from '#testing';
import { deadLetter } from './dead-letters.js';
import { LaneFencedError, LanesHeldError } from './lanes/lanes.js';
import { openReadModels } from './open-read-models.js';
import { TimescaleReadModels } from './timescale-read-models.js';

const state = (cash: number) => ({ portfolio_id: 'main', as_of: '2025-06-20T20:00:00.000Z', cash, positions: [] });

/** A log of eight events over two days. */
const LOG: readonly RecordedEvent[] = [
  portfolioStateSet({ position: 1n }, state(1000)),
  configurationSet({ position: 2n }, 'cautious', { max_position_size: 0.03 }),
  riskModelPublished({ position: 3n }),
  coordinationCompleted(
    { position: 4n, recordedAt: '2025-06-21T10:00:05.000Z', processingTimeMs: 10.1 },
    {
      configName: 'cautious',
      decisions: [sampleDecision('AAPL'), sampleDecision('MSFT', { decision_id: 'decision_002', action: 'SELL' })],
      rejected: [sampleRejectedSignal('s1', 'XOM'), sampleRejectedSignal('s1', 'XOM')],
      contributions: [sampleContribution('AAPL', 'momentum'), sampleContribution('MSFT', 'value')],
      summary: { coordination_quality: 0.1 },
    },
  ),
  coordinationCompleted(
    { position: 5n, recordedAt: '2025-06-21T10:00:59.123456Z', processingTimeMs: 30.2 },
    { summary: { coordination_quality: 0.2, portfolio_utilization: 1 / 3 } },
  ),
  coordinationCompleted(
    { position: 6n, recordedAt: '2025-06-21T10:01:00.000Z', processingTimeMs: 5 },
    { decisions: [], summary: { coordination_quality: 0.7 } },
  ),
  configurationDisabled({ position: 7n, version: 2 }, 'cautious'),
  coordinationCompleted(
    { position: 8n, recordedAt: '2025-06-22T09:30:00.000Z' },
    { decisions: [sampleDecision('AAPL', { action: 'HOLD', quantity: 0 })], contributions: [] },
  ),
];

async function fold(readModels: TimescaleReadModels, batchSize: number, log = LOG): Promise<void> {
  for (let from = 0; from < log.length; from += batchSize) {
    const events = log.slice(from, from + batchSize);
    const upTo = events.at(-1)?.position ?? 0n;
    const changes = events.flatMap((event) => rowChanges(event));
    await readModels.apply({ lanes: await readModels.lanes(), upTo, changes, parked: [] });
  }
}

/** Every projected row as text. */
async function dump(database: SqlDatabase): Promise<readonly string[]> {
  const tables = [
    'coordination_decisions_ts',
    'coordination_performance_ts',
    'coordinations',
    'rejected_signals',
    'portfolio_states',
    'market_model_current',
    'configurations',
    'rebalance_requests',
  ];
  const dumps = tables.map(async (table) => {
    const rows = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t ORDER BY 1`);
    return rows.map(({ row }) => `${table} ${row}`);
  });
  return (await Promise.all(dumps)).flat();
}

function describeReadModels(open: () => Promise<SqlDatabase>): { database(): SqlDatabase } {
  let database: SqlDatabase;
  let readModels: TimescaleReadModels;
  beforeAll(async () => {
    database = await open();
    readModels = await openReadModels(database);
  });
  beforeEach(async () => {
    await readModels.clear();
    await fold(readModels, LOG.length);
  });

  it('gives the same rows however the log is cut into batches', async () => {
    const whole = await dump(database);
    // 4 coordinations, 4 decisions, 3 minutes, 2 refused signals, a portfolio, a model, a configuration
    expect(whole.length).toBe(16);
    for (const batchSize of [1, 3]) {
      await readModels.clear();
      expect(await readModels.checkpoint()).toBe(0n);
      await fold(readModels, batchSize);
      expect(await dump(database)).toEqual(whole);
    }
  });

  it('applies a batch with its checkpoint or not at all', async () => {
    const before = await dump(database);
    const event = coordinationCompleted({ position: 9n });
    const tooLong = coordinationCompleted({ position: 10n }, { decisions: [sampleDecision('X'.repeat(21))] });
    const changes = [event, tooLong].flatMap((each) => rowChanges(each));
    const batch = { lanes: await readModels.lanes(), upTo: 10n, changes, parked: [] };
    await expect(readModels.apply(batch)).rejects.toMatchObject({ code: '22001' });
    expect(await dump(database)).toEqual(before);
    expect(await readModels.checkpoint()).toBe(8n);
  });

  it('refuses a batch that was computed from other positions, or under another fence', async () => {
    const before = await dump(database);
    const changes = rowChanges(coordinationCompleted({ position: 9n }));
    const lanes = await readModels.lanes();
    const [first, ...others] = lanes;
    for (const changed of [{ position: 7n }, { position: 0n }, { fence: -1n }]) {
      const batch = { lanes: [{ ...first!, ...changed }, ...others], upTo: 9n, changes, parked: [] };
      await expect(readModels.apply(batch)).rejects.toThrow(LaneFencedError);
    }
    await readModels.holdLanes(60_000);
    await expect(readModels.apply({ lanes, upTo: 9n, changes, parked: [] })).rejects.toThrow(LanesHeldError);
    expect(await dump(database)).toEqual(before);
    await readModels.clear();
    await expect(readModels.apply({ lanes, upTo: 9n, changes, parked: [] })).rejects.toThrow(LaneFencedError);
  });

  it('replaces a coordination that comes a second time', async () => {
    const again = coordinationCompleted(
      { position: 9n, recordedAt: '2025-06-21T10:00:05.000Z' },
      { coordinationId: 'coord_20250621_004', decisions: [sampleDecision('AAPL', { quantity: 7 })] },
    );
    await fold(readModels, 1, [again]);
    const { decisions } = await readModels.decisions({ coordination_id: 'coord_20250621_004' }, 10, null);
    expect(decisions.map(({ instrument_id, quantity }) => [instrument_id, quantity])).toContainEqual(['AAPL', 7]);
    expect(await readModels.checkpoint()).toBe(9n);
  });

  it('parks events and applies them later', async () => {
    const event = coordinationCompleted({ position: 9n }, { coordinationId: 'parked' });
    const letter = deadLetter(event, { reason: 'FAILED', error: 'a \u0000 text', attempts: 3 });
    await readModels.apply({ lanes: await readModels.lanes(), upTo: 9n, changes: [], parked: [letter] });
    const before = await readModels.lanes();
    expect(await readModels.deadLetters()).toMatchObject([{ ...letter, error: 'a  text' }]);
    expect(await readModels.coordination('parked')).toBeNull();
    const lane = laneOf(event.stream, before.length);
    expect(await readModels.applyParked(lane, 9n, rowChanges(event))).toBe(true);
    expect(await readModels.deadLetters()).toEqual([]);
    expect(await readModels.coordination('parked')).not.toBeNull();
    expect(await readModels.applyParked(lane, 9n, rowChanges(event))).toBe(false);
    // whoever folds the lane must not go on with what it knew of the parked events
    const batch = { lanes: before, upTo: 10n, changes: [], parked: [] };
    await expect(readModels.apply(batch)).rejects.toThrow(LaneFencedError);
  });

  it('answers a coordination with the text that was written', async () => {
    const event = LOG[3];
    const text = await readModels.coordination('coord_20250621_004');
    const document = JSON.parse(text ?? '') as object;
    expect(Object.keys(document).slice(0, 3)).toEqual(['coordination_id', 'status', 'decisions']);
    expect(document).toEqual({
      coordination_id: 'coord_20250621_004',
      ...(event?.type === 'coordination_completed' && (event.data as { outcome: object }).outcome),
      processing_time_ms: 10.1,
    });
    expect(await readModels.coordination('coord_20250621_999')).toBeNull();
  });

  describe('decisions', () => {
    const ids = async (filter: Parameters<TimescaleReadModels['decisions']>[0], limit = 10) => {
      const { decisions } = await readModels.decisions(filter, limit, null);
      return decisions.map((d) => `${d.coordination_id.slice(-3)}/${d.instrument_id}`);
    };

    it('come newest first', async () => {
      expect(await ids({})).toEqual(['008/AAPL', '005/AAPL', '004/AAPL', '004/MSFT']);
      const { decisions } = await readModels.decisions({}, 10, null);
      expect(decisions.map((d) => d.timestamp)).toEqual([
        '2025-06-22T09:30:00.000Z',
        '2025-06-21T10:00:59.123456Z',
        '2025-06-21T10:00:05.000Z',
        '2025-06-21T10:00:05.000Z',
      ]);
      const { priority, coordination_reasoning, portfolio_impact } = sampleDecision('MSFT');
      expect(decisions[3]).toEqual({
        timestamp: '2025-06-21T10:00:05.000Z',
        coordination_id: 'coord_20250621_004',
        decision_id: 'decision_002',
        instrument_id: 'MSFT',
        action: 'SELL',
        quantity: 100,
        priority,
        confidence: 0.85,
        portfolio_id: 'main',
        config_version: 'cautious@1',
        sources: ['value'],
        coordination_reasoning,
        portfolio_impact,
      });
    });

    it.each([
      [{ instrument_id: 'MSFT' }, ['004/MSFT']],
      [{ action: 'HOLD' }, ['008/AAPL']],
      [{ source: 'momentum' }, ['005/AAPL', '004/AAPL']],
      [{ source: `no"such` }, []],
      [{ config_name: 'cautious' }, ['004/AAPL', '004/MSFT']],
      [{ portfolio_id: 'other' }, []],
      [{ coordination_id: 'coord_20250621_005' }, ['005/AAPL']],
      [{ from: '2025-06-21T10:00:05Z', to: '2025-06-21T10:00:59.123456Z' }, ['004/AAPL', '004/MSFT']],
      [{ instrument_id: 'AAPL', action: 'BUY', source: 'momentum', from: '2025-06-21T10:00:06Z' }, ['005/AAPL']],
    ] as const)('with %j are %j', async (filter, expected) => {
      expect(await ids(filter)).toEqual(expected);
    });

    it('come in pages that neither repeat nor skip', async () => {
      const seen: string[] = [];
      let after = null;
      for (let page = 0; page < 4; page++) {
        const { decisions, next }: Awaited<ReturnType<TimescaleReadModels['decisions']>> = await readModels.decisions(
          {},
          1,
          after,
        );
        seen.push(...decisions.map((d) => `${d.coordination_id.slice(-3)}/${d.instrument_id}`));
        expect(next === null).toBe(page === 3);
        after = next;
      }
      expect(seen).toEqual(await ids({}));
    });
  });

  it('averages the performance of a bucket over its coordinations', async () => {
    const range = { from: '2025-06-21T00:00:00Z', to: '2025-06-22T00:00:00Z' };
    const minutes = await readModels.performance({ bucket: '1m', ...range });
    expect(minutes.map((row) => [row.timestamp, row.coordinations, row.decisions])).toEqual([
      ['2025-06-21T10:00:00.000Z', 2, 3],
      ['2025-06-21T10:01:00.000Z', 1, 0],
    ]);
    const [day, ...none] = await readModels.performance({ bucket: '1d', ...range });
    expect(none).toEqual([]);
    expect(day).toMatchObject({
      timestamp: '2025-06-21T00:00:00.000Z',
      coordinations: 3,
      decisions: 3,
      decisions_per_minute: 3 / 1440,
      signals_processed: 5,
      signals_rejected: 2,
      max_processing_time_ms: 30.2,
    });
    expect(day?.coordination_quality).toBeCloseTo(1 / 3, 15);
    expect(day?.avg_processing_time_ms).toBeCloseTo(15.1, 12);
    const weeks = await readModels.performance({ bucket: '7d', from: range.from, to: '2025-06-30T00:00:00Z' });
    // the week of that Saturday and Sunday began on a Monday
    expect(weeks.map((row) => [row.timestamp, row.coordinations])).toEqual([['2025-06-16T00:00:00.000Z', 4]]);
  });

  it('keeps the published columns of a minute', async () => {
    const [row] = await database.query(
      `SELECT coordination_quality, avg_processing_time_ms, decisions_per_minute, portfolio_utilization,
              risk_budget_utilization FROM coordination_performance_ts WHERE "timestamp" = $1`,
      ['2025-06-21T10:00:00Z'],
    );
    expect(row?.['coordination_quality']).toBeCloseTo(0.15, 15);
    expect(row?.['avg_processing_time_ms']).toBeCloseTo(20.15, 12);
    expect(row).toMatchObject({ decisions_per_minute: 3, risk_budget_utilization: 0.75 });
    expect(row?.['portfolio_utilization']).toBeCloseTo((0.85 + 1 / 3) / 2, 15);
  });

  it('lists the latest decisions on an instrument whole, at the position they reflect', async () => {
    const { value, position } = await readModels.recentDecisions(['AAPL', 'NONE'], 2);
    expect(position).toBe(8n);
    expect(value.get('NONE')).toEqual([]);
    const recent = value.get('AAPL') ?? [];
    expect(recent.map((d) => d.coordination_id)).toEqual(['coord_20250621_008', 'coord_20250621_005']);
    expect(recent[1]).toEqual({
      coordination_id: 'coord_20250621_005',
      timestamp: '2025-06-21T10:00:59.123456Z',
      ...sampleDecision('AAPL'),
    });
  });

  it('knows what is current', async () => {
    await fold(readModels, 1, [
      portfolioStateSet({ position: 9n }, { ...state(5), portfolio_id: 'other' }),
      portfolioStateSet({ position: 10n }, state(2000)),
      riskModelPublished({ position: 11n }, { ...sampleMarketModel(), model_id: 'model-2' }),
    ]);
    expect(await readModels.portfolioState()).toEqual({ value: JSON.stringify(state(2000)), position: 11n });
    expect((await readModels.portfolioState('other'))?.value).toContain('"cash":5');
    expect(await readModels.portfolioState('none')).toBeNull();
    const model = await readModels.marketModel();
    expect(model).toMatchObject({ position: 11n, value: { model_id: 'model-2', regime: 'NORMAL' } });
    expect(model && correlationMatrix(model.value).values[0]).toEqual([1, 0.333333, 0.25]);
    expect(await readModels.riskModels(5)).toEqual([
      {
        version: 1,
        model_id: 'model-2',
        as_of: '2025-06-20',
        regime: 'NORMAL',
        instruments: 3,
        published_at: '2025-06-21T10:00:11.000Z',
      },
    ]);
    expect(await readModels.configuration('cautious')).toEqual({
      config_name: 'cautious',
      version: 2,
      enabled: false,
      coordination_parameters: { max_position_size: 0.03 },
    });
  });

  it('tells of current things at a position that they reflect, where one lane is ahead of the others', async () => {
    const events = [
      coordinationCompleted({ position: 9n }),
      portfolioStateSet({ position: 10n }, state(5)),
      riskModelPublished({ position: 11n }, { ...sampleMarketModel(), model_id: 'model-2' }),
    ];
    const lanes = await readModels.lanes();
    const wanted = new Set(events.map(({ stream }) => laneOf(stream, lanes.length)));
    const ahead = lanes.filter(({ lane }) => wanted.has(lane));
    expect(ahead.length).toBeLessThan(lanes.length);
    const changes = events.flatMap((event) => rowChanges(event));
    await readModels.apply({ lanes: ahead, upTo: 11n, changes, parked: [] });
    expect(await readModels.checkpoint()).toBe(8n);
    expect(await readModels.portfolioState()).toEqual({ value: JSON.stringify(state(5)), position: 10n });
    expect(await readModels.marketModel()).toMatchObject({ position: 11n, value: { model_id: 'model-2' } });
    const recent = await readModels.recentDecisions(['AAPL'], 9);
    expect(recent.position).toBe(8n);
    expect(recent.value.get('AAPL')?.map((d) => d.coordination_id.slice(-1))).toEqual(['8', '5', '4']);
  });

  it('never takes a state back to one of a lower position', async () => {
    const lanes = await readModels.lanes();
    const older = rowChanges(portfolioStateSet({ position: 0n }, state(7)));
    await readModels.apply({ lanes, upTo: 9n, changes: older, parked: [] });
    expect((await readModels.portfolioState())?.value).toBe(JSON.stringify(state(1000)));
  });

  return { database: () => database };
}

describe('the read models on TimescaleDB', () => {
  const timescale = withTimescale();
  const { database } = describeReadModels(async () => timescale.db);

  describe('the aggregates of the performance', () => {
    const BUCKETS = ['1h', '6h', '1d', '7d'] as const;
    const RANGES = [
      ['2025-06-20T00:00:00Z', '2025-06-25T00:00:00Z'],
      ['2025-06-21T10:01:00Z', '2025-06-22T09:31:00Z'],
      ['2025-06-21T10:00:30Z', '2025-06-21T10:40:00Z'],
      ['2025-06-21T09:59:59.999999Z', '2025-06-23T00:00:00Z'],
    ] as const;
    let readModels: TimescaleReadModels;
    beforeEach(async () => void (readModels = await TimescaleReadModels.open(database())));

    const answers = () =>
      Promise.all(
        BUCKETS.flatMap((bucket) => RANGES.map(([from, to]) => readModels.performance({ bucket, from, to }))),
      );
    const minute = (position: bigint, recordedAt: string) =>
      coordinationCompleted({ position, recordedAt }, { summary: { coordination_quality: 0.3 } });

    it('hold the hours and days that are over, and answer like the minutes', async () => {
      await fold(readModels, 8, [minute(9n, '2025-06-23T11:00:00.000Z')]);
      const plain = await answers();
      expect((await readModels.aggregates()).map(({ refreshedUntil }) => refreshedUntil)).toEqual([null, null]);
      expect(await readModels.refreshAggregates()).toBe(2);
      expect(await readModels.aggregates()).toEqual([
        { name: 'coordination_performance_1d', refreshedUntil: '2025-06-23T00:00:00.000Z' },
        { name: 'coordination_performance_1h', refreshedUntil: '2025-06-23T11:00:00.000Z' },
      ]);
      expect(await answers()).toEqual(plain);
      expect(await readModels.refreshAggregates()).toBe(0);
      // it is them that answer: what only they hold shows
      await database().query('DELETE FROM coordination_performance_ts');
      const [days] = await Promise.all([
        readModels.performance({ bucket: '1d', from: RANGES[0][0], to: RANGES[0][1] }),
      ]);
      expect(days.map(({ coordinations }) => coordinations)).toEqual([3, 1]);
    });

    it('do not hide what is folded into an older minute, nor what was emptied', async () => {
      await fold(readModels, 8, [minute(9n, '2025-06-23T11:00:00.000Z')]);
      await readModels.refreshAggregates();
      const before = await answers();
      await fold(readModels, 1, [minute(10n, '2025-06-21T10:20:00.000Z')]);
      const after = await answers();
      expect(after).not.toEqual(before);
      expect((await readModels.aggregates()).map(({ refreshedUntil }) => refreshedUntil)).toEqual([
        '2025-06-21T00:00:00.000Z',
        '2025-06-21T00:00:00.000Z',
      ]);
      expect(await readModels.refreshAggregates()).toBe(2);
      expect(await answers()).toEqual(after);
      await readModels.clear();
      expect((await answers()).flat()).toEqual([]);
      await fold(readModels, 8, [...LOG, minute(9n, '2025-06-23T11:00:00.000Z')]);
      await readModels.refreshAggregates();
      expect(await answers()).toEqual(before);
    });
  });

  it('are hypertables of the published chunks and partitions', async () => {
    const { storage } = await TimescaleReadModels.open(database());
    expect(storage).toEqual({
      timescale: true,
      timescaleVersion: expect.stringMatching(/^2\.\d+/) as string,
      hypertables: [
        {
          table: 'coordination_decisions_ts',
          chunkInterval: '1 day',
          partitions: { column: 'instrument_id', count: 8 },
        },
        { table: 'coordination_performance_ts', chunkInterval: '01:00:00', partitions: null },
      ],
      aggregates: true,
    });
    const chunks = await database().query<{ table: string; count: number; span: string }>(
      `SELECT hypertable_name AS table, count(*)::int4 AS count, max(range_end - range_start)::text AS span
       FROM timescaledb_information.chunks WHERE hypertable_schema = 'public' GROUP BY 1 ORDER BY 1`,
    );
    expect(chunks).toEqual([
      // AAPL and MSFT on the first day, AAPL on the second
      { table: 'coordination_decisions_ts', count: 3, span: '1 day' },
      { table: 'coordination_performance_ts', count: 2, span: '01:00:00' },
    ]);
  });
});

describe('the read models on a plain Postgres', () => {
  const postgres = withPostgres();
  const { database } = describeReadModels(() => postgres.open());

  it('are plain tables, and say so', async () => {
    const { storage } = await TimescaleReadModels.open(database());
    expect(storage).toEqual({ timescale: false, timescaleVersion: null, hypertables: [], aggregates: false });
  });
});
