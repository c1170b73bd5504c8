import type { CoordinationParameters, MarketData } from '#domain';
import type { SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from './command-app.js';
import { sampleMarket, sampleRequest } from './sample-request.js';

const postgres = withPostgres();

describe('an input that no engine could use', () => {
  let db: SqlDatabase;
  let command: CommandApp;
  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
  });
  afterAll(() => command.close());

  const refused = async (request: object): Promise<readonly string[]> => {
    const answer = await command.post('/coordinate', request);
    expect([answer.status, answer.text]).toEqual([422, expect.any(String)]);
    const { errors } = answer.json();
    for (const { message, accepted } of errors)
      expect([message, accepted]).toEqual([expect.any(String), expect.any(String)]);
    return errors.map(({ pointer }) => pointer);
  };
  afterEach(async () => {
    expect(await db.query('SELECT count(*)::int AS n FROM events')).toEqual([{ n: 0 }]);
  });

  it.each<[keyof CoordinationParameters, unknown]>([
    ['max_position_size', 0],
    ['max_position_size', 3],
    ['max_position_size', -0.1],
    ['risk_budget_limit', -0.02],
    ['risk_budget_limit', 0],
    ['risk_aversion', -1],
    ['max_turnover', -1],
    ['fee_bps', -1],
    ['correlation_threshold', 1.5],
    ['max_sector_weight', -0.3],
    ['cash_buffer', 2],
    ['max_gross', 0],
    ['max_participation', 0],
    ['execution_days', 0],
    ['horizon_days', 0],
    ['instrument_bounds', { AAA: { min: 0.2, max: 0.1 } }],
  ])('refuses %s %j with its pointer', async (name, value) => {
    const [pointer] = await refused(sampleRequest({ coordination_parameters: { [name]: value } }));
    expect(pointer).toContain(`/coordination_parameters/${name}`);
  });

  const market = (over: Partial<NonNullable<MarketData['factor_model']>>): object => {
    const { factor_model, ...rest } = sampleMarket();
    return sampleRequest({ market_data: { ...rest, factor_model: { ...factor_model, ...over } as never } });
  };
  it.each<[string, object, string]>([
    [
      'a factor covariance that is not positive semidefinite',
      {
        factor_covariance: [
          [1, 2],
          [2, 1],
        ],
      },
      '/market_data/factor_model/factor_covariance',
    ],
    [
      'a factor covariance that is not symmetric',
      {
        factor_covariance: [
          [1, 0.5],
          [0.1, 1],
        ],
      },
      '/market_data/factor_model/factor_covariance/1/0',
    ],
    [
      'a negative variance',
      { specific_variance: [-1, 1, 1, 1, 1, 1] },
      '/market_data/factor_model/specific_variance/0',
    ],
    ['sizes that do not match', { specific_variance: [1] }, '/market_data/factor_model/specific_variance'],
    [
      'the same instrument twice',
      { instruments: ['AAA', 'AAA', 'CCC', 'DDD', 'EEE', 'FFF'] },
      '/market_data/factor_model/instruments/1',
    ],
    [
      'a loading that overflows',
      {
        loadings: [
          [1e200, 0],
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      },
      '/market_data',
    ],
  ])('refuses %s', async (_, over, pointer) => {
    expect((await refused(market(over)))[0]).toContain(pointer);
  });

  it('refuses what JSON does not know: NaN', async () => {
    const text = JSON.stringify(sampleRequest()).replace('"specific_variance":[0.0001', '"specific_variance":[NaN');
    const answer = await command.post('/coordinate', text);
    expect([answer.status, answer.json().type]).toEqual([400, '/problems/malformed-json']);
  });
});
