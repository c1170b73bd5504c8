import type { SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, MAX_BODY_BYTES, openCommandApp } from './command-app.js';
import { samplePortfolio, sampleRequest, sampleSignal } from './sample-request.js';

// outside, so that it ends after the application
const postgres = withPostgres();

describe('bad input', () => {
  let db: SqlDatabase;
  let command: CommandApp;
  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
  });
  afterAll(() => command.close());

  const signals = (over: object) => ({
    ...sampleRequest(),
    signals: [sampleSignal(0), { ...sampleSignal(1), ...over }],
  });
  const position = (over: object) => ({
    ...sampleRequest(),
    portfolio_state: { ...samplePortfolio(), positions: [{ instrument_id: 'AAA', quantity: 1, ...over }] },
  });

  it.each<[string, unknown, number, string, string]>([
    ['a missing field', signals({ action: undefined }), 422, 'invalid-request', '/signals/1/action'],
    ['an extra field', signals({ colour: 'red' }), 422, 'invalid-request', '/signals/1/colour'],
    [
      'its own id',
      { ...sampleRequest(), coordination_id: 'coord_20250621_001' },
      422,
      'invalid-request',
      '/coordination_id',
    ],
    ['a wrong type', signals({ horizon_days: '5' }), 422, 'invalid-request', '/signals/1/horizon_days'],
    ['a wrong enum', signals({ action: 'SHORT' }), 422, 'invalid-request', '/signals/1/action'],
    ['NaN as text', signals({ strength: 'NaN' }), 422, 'invalid-request', '/signals/1/strength'],
    ['a negative price', position({ price: -1 }), 422, 'invalid-request', '/portfolio_state/positions/0/price'],
    ['a strength above 1', signals({ strength: 1.5 }), 422, 'invalid-request', '/signals/1/strength'],
    ['a strength below 0', signals({ strength: -0.5 }), 422, 'invalid-request', '/signals/1/strength'],
    [
      '10,001 signals',
      sampleRequest({ signals: Array.from({ length: 10_001 }, (_, n) => sampleSignal(n)) }),
      422,
      'invalid-request',
      '/signals',
    ],
    [
      'a number beyond all numbers',
      JSON.stringify(signals({ strength: 1 })).replace('"strength":1,', '"strength":1e999,'),
      422,
      'invalid-request',
      '/signals/1/strength',
    ],
    [
      'NaN as such',
      JSON.stringify(signals({ strength: 1 })).replace('"strength":1,', '"strength":NaN,'),
      400,
      'malformed-json',
      '/signals/1/strength',
    ],
    ['half a body', JSON.stringify(sampleRequest()).slice(0, 500), 400, 'malformed-json', '/signals'],
    ['a list', [], 422, 'invalid-request', ''],
    ['null', 'null', 422, 'invalid-request', ''],
  ])('%s is refused where it is, and stores nothing', async (_what, body, status, name, pointer) => {
    const answer = await command.post('/coordinate', body, { 'idempotency-key': 'bad' });
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/problem+json']);
    const problem = answer.json();
    expect(problem.type).toBe(`/problems/${name}`);
    expect(problem.errors.some((e) => e.pointer.startsWith(pointer) && e.message !== '' && e.accepted !== '')).toBe(
      true,
    );
  });

  it('a body over the limit is refused', async () => {
    const answer = await command.post('/coordinate', `{"signals":[${' '.repeat(MAX_BODY_BYTES)}]}`);
    expect([answer.status, answer.json().type]).toEqual([413, '/problems/body-too-large']);
  });

  it('another media type is refused', async () => {
    const answer = await command.post('/coordinate', 'signals=1', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([answer.status, answer.json().type]).toEqual([415, '/problems/unsupported-media-type']);
  });

  it('leaves nothing behind, and the process up', async () => {
    const [row] = await db.query<{ n: number }>(
      `SELECT (SELECT count(*) FROM events)::int + (SELECT count(*) FROM coordination_sessions)::int
            + (SELECT count(*) FROM idempotency_records)::int AS n`,
    );
    expect(row?.n).toBe(0);
    expect((await command.app.inject({ url: '/health/ready' })).statusCode).toBe(200);
    expect((await command.post('/coordinate', sampleRequest())).status).toBe(201);
  });
});
