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
  const taxLot = { lot_id: 'a', quantity: 1, cost_basis: 10, acquired_at: '2025-01-01T00:00:00Z' };
  const lots = (...tax_lots: object[]) => position({ tax_lots });
  const taxed = (tax: object, more: object = {}) => ({ ...lots(taxLot), coordination_parameters: { tax }, ...more });
  const named = (...lot_ids: string[]) => ({ lots_to_sell: [{ instrument_id: 'AAA', lot_ids }] });
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
    [
      'lots that are not the position',
      lots(taxLot, { ...taxLot, lot_id: 'b' }),
      422,
      'invalid-request',
      '/portfolio_state/positions/0/tax_lots',
    ],
    [
      'a lot named twice',
      lots({ ...taxLot, quantity: 0.5 }, { ...taxLot, quantity: 0.5 }),
      422,
      'invalid-request',
      '/portfolio_state/positions/0/tax_lots/1/lot_id',
    ],
    [
      'a lot of the future',
      lots({ ...taxLot, acquired_at: '2025-06-20T20:00:01Z' }),
      422,
      'invalid-request',
      '/portfolio_state/positions/0/tax_lots/0/acquired_at',
    ],
    [
      'a negative basis',
      lots({ ...taxLot, cost_basis: -1 }),
      422,
      'invalid-request',
      '/portfolio_state/positions/0/tax_lots/0/cost_basis',
    ],
    [
      'an unknown lot method',
      taxed({ lot_method: 'LIFO' }),
      422,
      'invalid-request',
      '/coordination_parameters/tax/lot_method',
    ],
    [
      'a negative budget of gains',
      taxed({ gain_budget: { total: -1 } }),
      422,
      'invalid-request',
      '/coordination_parameters/tax/gain_budget/total',
    ],
    [
      'lots named twice',
      taxed({ lot_method: 'SPECIFIC' }, named('a', 'a')),
      422,
      'invalid-request',
      '/lots_to_sell/0/lot_ids/1',
    ],
    [
      'a named lot that is not held',
      taxed({ lot_method: 'SPECIFIC' }, named('a', 'z')),
      422,
      'invalid-request',
      '/lots_to_sell/0/lot_ids/1',
    ],
    [
      'named lots by another method',
      taxed({ lot_method: 'FIFO' }, named('a')),
      422,
      'invalid-request',
      '/lots_to_sell',
    ],
    [
      'named lots of what has none',
      taxed({ lot_method: 'SPECIFIC' }, { lots_to_sell: [{ instrument_id: 'BBB', lot_ids: ['a'] }] }),
      422,
      'invalid-request',
      '/lots_to_sell/0/instrument_id',
    ],
    [
      'a recorded trade of no time',
      { ...sampleRequest(), recorded_trades: [{ account: 'x', instrument_id: 'AAA', quantity: 1 }] },
      422,
      'invalid-request',
      '/recorded_trades/0/traded_at',
    ],
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
