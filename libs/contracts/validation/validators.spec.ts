import fc from 'fast-check';
import type { CoordinationRequest } from '#domain';
import { coordinationRequestSchema } from '../schemas/coordination-request.js';
import { ERRORS_MAX, explain } from './explain.js';
import {
  validateBatch,
  validateCoordinationParameters,
  validateCoordinationRequest,
  validatePortfolioState,
} from './validators.js';
import { validatorOf } from './validator.js';
import type { WireSchema } from './wire-schema.js';

const signal = (n: number) => ({
  signal_id: `s${n}`,
  source: 'momentum',
  instrument_id: 'AAPL',
  action: 'BUY',
  strength: 0.5,
  confidence: 0.6,
  generated_at: '2025-06-21T09:59:00.123456789Z',
  metadata: { note: 'kept' },
});

const example = () => ({
  signals: [signal(0), signal(1)],
  portfolio_state: {
    portfolio_id: 'p1',
    as_of: '2025-06-21T09:00:00Z',
    cash: 1_000,
    positions: [
      {
        instrument_id: 'AAPL',
        quantity: 10,
        price: 200,
        tax_lots: [
          { lot_id: 'a', quantity: 4, cost_basis: 100, acquired_at: '2024-02-29T00:00:00Z' },
          { lot_id: 'b', quantity: 6, cost_basis: 120, acquired_at: '2025-01-01T00:00:00+00:00' },
        ],
      },
    ],
    open_orders: [{ instrument_id: 'AAPL', quantity: -1 }],
  },
  rebalance_requests: [{ rebalance_id: 'r', targets: [{ instrument_id: 'AAPL', target_weight: 0.01 }], priority: 3 }],
  coordination_parameters: {
    max_position_size: 0.05,
    priority_weights: { momentum: 2 },
    instrument_bounds: { AAPL: { max: 0.02 } },
  },
  config_name: 'base',
  market_data: {
    instruments: [
      { instrument_id: 'AAPL', price: 200, sector: 'IT' },
      { instrument_id: 'MSFT', price: 400 },
    ],
    factor_model: {
      instruments: ['AAPL', 'MSFT'],
      loadings: [
        [0.01, 0],
        [0.01, 0.002],
      ],
      factor_covariance: [
        [1, 0.1],
        [0.1, 1],
      ],
      specific_variance: [1e-4, 2e-4],
    },
  },
  as_of: '2025-06-21T10:00:00Z',
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The example with the value at a pointer replaced; undefined takes it away. */
function altered(pointer: string, value: Json | undefined): unknown {
  const body = example() as unknown as Json;
  const tokens = pointer.slice(1).split('/');
  const last = tokens.pop() ?? '';
  let parent = body as Record<string, Json>;
  for (const token of tokens) parent = parent[token] as Record<string, Json>;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return body;
}

const errorAt = (body: unknown, pointer: string) => {
  const errors = validateCoordinationRequest(body);
  expect(errors.map((e) => e.pointer)).toContain(pointer);
  return errors.find((e) => e.pointer === pointer);
};

describe('validateCoordinationRequest', () => {
  it('accepts a complete request, a bare one and an empty list of signals', () => {
    expect(validateCoordinationRequest(example())).toEqual([]);
    expect(validateCoordinationRequest({ signals: [], portfolio_id: 'p1' })).toEqual([]);
    const request = example() as unknown as CoordinationRequest;
    expect(request.signals).toHaveLength(2);
  });

  it.each<[string, string, Json | undefined, string, string]>([
    ['a missing field', '/signals/0/confidence', undefined, '/signals/0/confidence', 'is required'],
    ['missing signals', '/signals', undefined, '/signals', 'is required'],
    ['an extra field', '/signals/1/confidance', 0.5, '/signals/1/confidance', 'is not a field here'],
    ['its own id', '/coordination_id', 'coord_20250621_001', '/coordination_id', 'is not a field here'],
    ['a wrong type', '/signals/0/instrument_id', 7, '/signals/0/instrument_id', 'found 7'],
    ['a wrong enum', '/signals/0/action', 'buy', '/signals/0/action', 'one of BUY, SELL, HOLD, found the text "buy"'],
    [
      'NaN as text',
      '/signals/0/confidence',
      'NaN',
      '/signals/0/confidence',
      'a finite number from 0 to 1, found the text "NaN"',
    ],
    ['a negative price', '/portfolio_state/positions/0/price', -1, '/portfolio_state/positions/0/price', 'above 0'],
    ['a price of zero', '/market_data/instruments/0/price', 0, '/market_data/instruments/0/price', 'above 0'],
    ['a strength above one', '/signals/0/strength', 1.01, '/signals/0/strength', 'found 1.01'],
    ['a strength below zero', '/signals/0/strength', -0.01, '/signals/0/strength', 'from 0 to 1'],
    ['infinity', '/portfolio_state/cash', Infinity, '/portfolio_state/cash', 'a finite number'],
    ['null', '/portfolio_state', null, '/portfolio_state', 'an object, found null'],
    ['an empty id', '/signals/0/signal_id', '', '/signals/0/signal_id', 'text of 1 to 100 printable'],
    ['an id of 101 characters', '/signals/0/signal_id', 'x'.repeat(101), '/signals/0/signal_id', 'text of 1 to 100'],
    [
      'an instrument of 21 characters',
      '/signals/0/instrument_id',
      'x'.repeat(21),
      '/signals/0/instrument_id',
      '1 to 20',
    ],
    ['a NUL in an id', '/signals/0/source', 'a\u0000b', '/signals/0/source', 'printable'],
    ['a lone surrogate', '/signals/0/source', 'a\ud800b', '/signals/0/source', 'printable'],
    ['a time without zone', '/as_of', '2025-06-21T10:00:00', '/as_of', 'a UTC time'],
    ['a time in another zone', '/as_of', '2025-06-21T10:00:00+02:00', '/as_of', 'a UTC time'],
    [
      'the 30th of February',
      '/signals/0/generated_at',
      '2025-02-30T10:00:00Z',
      '/signals/0/generated_at',
      'a UTC time',
    ],
    [
      'a position limit above one',
      '/coordination_parameters/max_position_size',
      1.5,
      '/coordination_parameters/max_position_size',
      'at most 1',
    ],
    [
      'an unknown mode',
      '/coordination_parameters/coordination_mode',
      'BOLD',
      '/coordination_parameters/coordination_mode',
      'AGGRESSIVE',
    ],
    [
      'a negative weight',
      '/coordination_parameters/priority_weights/momentum',
      -1,
      '/coordination_parameters/priority_weights/momentum',
      'from 0 to 1000',
    ],
    [
      'bounds that cross',
      '/coordination_parameters/instrument_bounds/AAPL/min',
      0.5,
      '/coordination_parameters/instrument_bounds/AAPL/min',
      'above max',
    ],
    [
      'a limit named twice',
      '/coordination_parameters/limit_priority',
      ['cash', 'cash'],
      '/coordination_parameters/limit_priority',
      'different',
    ],
    [
      'a session that ends before it begins',
      '/market_data/sessions',
      [{ open_at: '2025-06-23T13:30:00Z', close_at: '2025-06-23T13:30:00Z' }],
      '/market_data/sessions/0/close_at',
      'is 2025-06-23T13:30:00Z',
    ],
    [
      'sessions that overlap',
      '/market_data/sessions',
      [
        { open_at: '2025-06-23T13:30:00Z', close_at: '2025-06-23T20:00:00Z' },
        { open_at: '2025-06-23T19:00:00Z', close_at: '2025-06-23T21:00:00Z' },
      ],
      '/market_data/sessions/1/open_at',
      'is 2025-06-23T19:00:00Z',
    ],
    ['an unknown calendar', '/market_data/calendar', 'XLON', '/market_data/calendar', 'one of XNYS, CONTINUOUS'],
    ['a profile without volume', '/market_data/volume_profile', [0, 0], '/market_data/volume_profile', 'no volume'],
    [
      'an empty profile of an instrument',
      '/market_data/volume_profiles',
      { AAPL: [] },
      '/market_data/volume_profiles/AAPL',
      'no volume',
    ],
    ['both portfolios', '/portfolio_id', 'p1', '/portfolio_id', 'together'],
    ['no portfolio', '/portfolio_state', undefined, '/portfolio_state', 'is required'],
    [
      'an instrument twice',
      '/market_data/instruments/1/instrument_id',
      'AAPL',
      '/market_data/instruments/1/instrument_id',
      'repeats "AAPL"',
    ],
    [
      'a row too many',
      '/market_data/factor_model/loadings/2',
      [1, 2],
      '/market_data/factor_model/loadings',
      'has length 3, expected 2',
    ],
    [
      'a short row',
      '/market_data/factor_model/loadings/1',
      [1],
      '/market_data/factor_model/loadings/1',
      'has length 1, expected 2',
    ],
    [
      'an asymmetric matrix',
      '/market_data/factor_model/factor_covariance/1',
      [0.2, 1],
      '/market_data/factor_model/factor_covariance/1/0',
      'row 0, column 1',
    ],
    [
      'a negative variance',
      '/market_data/factor_model/specific_variance/0',
      -1e-9,
      '/market_data/factor_model/specific_variance/0',
      'from 0',
    ],
    [
      'two risk models',
      '/market_data/correlation_matrix',
      { instruments: ['AAPL'], values: [[1]] },
      '/market_data/factor_model',
      'together',
    ],
    [
      'lots that do not add up',
      '/portfolio_state/positions/0/quantity',
      11,
      '/portfolio_state/positions/0/tax_lots',
      'add up to 10',
    ],
    [
      'a lot twice',
      '/portfolio_state/positions/0/tax_lots/1/lot_id',
      'a',
      '/portfolio_state/positions/0/tax_lots/1/lot_id',
      'repeats',
    ],
    [
      'a target twice',
      '/rebalance_requests/0/targets/1',
      { instrument_id: 'AAPL', target_weight: 0 },
      '/rebalance_requests/0/targets/1/instrument_id',
      'repeats',
    ],
    ['NUL in metadata', '/signals/1/metadata', { 'a/b': ['\u0000'] }, '/signals/1/metadata/a~1b/0', 'cannot be stored'],
    [
      'deep metadata',
      '/signals/1/metadata',
      { a: { a: { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } } } },
      '/signals/1/metadata/a/a/a/a/a/a/a/a',
      'deeply',
    ],
  ])('points at %s', (_what, pointer, value, expected, message) => {
    const error = errorAt(altered(pointer, value), expected);
    expect(error?.message).toContain(message);
    expect(error?.accepted).toBeTruthy();
  });

  it('points into a correlation matrix', () => {
    const matrix = (values: number[][]) => ({ instruments: ['A', 'B'], values });
    const body = (values: number[][]) => ({
      signals: [],
      portfolio_id: 'p',
      market_data: { instruments: [], correlation_matrix: matrix(values) },
    });
    expect(
      validateCoordinationRequest(
        body([
          [1, 0.2],
          [0.2, 1.0000000000000002],
        ]),
      ),
    ).toEqual([]);
    errorAt(
      body([
        [1, 0.2],
        [0.3, 1],
      ]),
      '/market_data/correlation_matrix/values/1/0',
    );
    errorAt(
      body([
        [1, 0.2],
        [0.2, 0.9],
      ]),
      '/market_data/correlation_matrix/values/1/1',
    );
    errorAt(body([[1, 0.2]]), '/market_data/correlation_matrix/values');
    errorAt(
      body([
        [1, 2],
        [2, 1],
      ]),
      '/market_data/correlation_matrix/values/0/1',
    );
  });

  it('takes 1,000 and 10,000 signals, refuses 10,001', () => {
    const body = (n: number) => ({ signals: Array.from({ length: n }, (_, i) => signal(i)), portfolio_id: 'p' });
    expect(validateCoordinationRequest(body(1_000))).toEqual([]);
    expect(validateCoordinationRequest(body(10_000))).toEqual([]);
    expect(errorAt(body(10_001), '/signals')?.message).toContain('at most 10000, found a list of 10001');
  });

  it('reports several errors at once, and no more than a person can read', () => {
    const errors = validateCoordinationRequest(
      altered(
        '/signals',
        Array.from({ length: 5_000 }, () => ({ strength: 'x' })),
      ),
    );
    expect(errors).toHaveLength(ERRORS_MAX);
    expect(errors.map((e) => e.pointer)).toEqual(
      expect.arrayContaining(['/signals/0/signal_id', '/signals/1/strength']),
    );
  });

  it.each([null, 7, 'text', [], true])('refuses %j as a body', (body) => {
    expect(validateCoordinationRequest(body)[0]?.pointer).toBe('');
  });

  it('explains whatever the compiled schema refuses, and nothing else', () => {
    const check = validatorOf(coordinationRequestSchema);
    const schema = coordinationRequestSchema as unknown as WireSchema;
    const places = pointersOf(example());
    const values = fc.oneof(
      fc.constantFrom<Json>(
        null,
        true,
        '',
        'NaN',
        'AAPL',
        0,
        -0,
        1,
        -1,
        0.5,
        1e300,
        [],
        {},
        'a\u0000',
        '😀'.repeat(60),
        '2025-06-21T10:00:00Z',
        'BUY',
      ),
      fc.double() as fc.Arbitrary<Json>,
      fc.string({ maxLength: 120, unit: 'binary' }) as fc.Arbitrary<Json>,
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.option(values, { nil: undefined }), (pointer, value) => {
        const body = altered(pointer, value);
        expect(explain(schema, body).length > 0).toBe(check(body).length > 0);
      }),
      { numRuns: 500 },
    );
  });
});

function pointersOf(value: Json, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [pointer];
  const inner = Object.entries(value).flatMap(([key, item]) => pointersOf(item, `${pointer}/${key}`));
  return pointer === '' ? inner : [pointer, ...inner, `${pointer}/${Array.isArray(value) ? value.length : 'new'}`];
}

describe('the other validators', () => {
  it('prefix the errors of a batch with the place in the list', () => {
    expect(validateBatch([])).toEqual([]);
    expect(validateBatch([example(), altered('/as_of', 1)]).map((e) => e.pointer)).toEqual(['/1/as_of']);
    expect(validateBatch({})[0]?.message).toContain('a list of at most 100 coordination requests, found an object');
    expect(validateBatch(Array.from({ length: 101 }, example))[0]?.pointer).toBe('');
  });

  it('check parameters and portfolio states alone', () => {
    expect(validateCoordinationParameters({ fee_bps: 1 })).toEqual([]);
    expect(validateCoordinationParameters({ fee_bps: -1 })[0]?.pointer).toBe('/fee_bps');
    expect(validatePortfolioState(example().portfolio_state)).toEqual([]);
    expect(validatePortfolioState({ ...example().portfolio_state, cash: '1' })[0]?.pointer).toBe('/cash');
  });
});
