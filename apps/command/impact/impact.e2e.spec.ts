import { CommandBus } from '@nestjs/cqrs';
import { validateImpactAnswer } from '#contracts';
import type { ImpactAnswer } from '#domain';
import type { SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { internalContext } from '../command-context.js';
import { type CommandApp, openCommandApp } from '../e2e/command-app.js';
import { samplePortfolio } from '../e2e/sample-request.js';
import { PublishMarketModel } from '../market-model/publish-market-model.js';
import { DAYS, dates, impactRequest, modelWithHistory } from './impact.fixture.js';

// outside, so that it ends after the application
const postgres = withPostgres();

describe('POST /impact', () => {
  let db: SqlDatabase;
  let command: CommandApp;
  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
    await command.app
      .get(CommandBus)
      .execute(new PublishMarketModel(modelWithHistory(), internalContext('spec', 'spec')));
  });
  afterAll(() => command.close());

  const assess = async (body: unknown): Promise<ImpactAnswer> => {
    const answer = await command.post('/impact', body);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.json<ImpactAnswer>();
  };
  const refused = async (body: unknown) => (await command.post('/impact', body)).json();

  it('tells risk, costs and limits before and after, and stores nothing', async () => {
    const events = async () => (await db.query<{ n: number }>('SELECT count(*)::int AS n FROM events'))[0]?.n;
    const before = await events();
    const answer = await assess(
      impactRequest({ reference_weights: { BBB: 0.035 }, coordination_parameters: { fee_bps: 1 } }),
    );
    expect(validateImpactAnswer(answer)).toEqual([]);
    expect(await events()).toBe(before);

    // 800,000 in cash, 800 AAA at 50, 500 BBB at 60
    expect(answer).toMatchObject({ portfolio_id: 'main', nav: 870_000, risk_model: { source: 'STORE' }, warnings: [] });
    expect(answer.turnover).toBeCloseTo((300 * 50 + 400 * 70) / 870_000, 14);
    const { before: start, after } = answer.impact_assessment;
    expect(start.invested).toBeCloseTo(70_000 / 870_000, 14);
    expect(after.invested).toBeCloseTo(83_000 / 870_000, 14);
    expect(after.var_95).toBeGreaterThan(start.var_95);
    expect(after.historical).toMatchObject({ days: DAYS, days_left_out: 0 });
    expect(start.stress.map(({ name }) => name)).toEqual([
      'market_down_10',
      'market_down_20',
      'sector_down_20:Even',
      'sector_down_20:Odd',
      'volatility_doubled',
      'correlation_one',
      'worst_week',
    ]);
    expect(answer.history).toEqual({
      source: 'MARKET_MODEL',
      days: DAYS,
      first_day: dates[0],
      last_day: dates[DAYS - 1],
    });

    const parts = answer.instruments.reduce((sum, each) => sum + each.component_var_after, 0);
    expect(parts).toBeCloseTo(after.var_95, 14);
    const sectors = answer.sectors.reduce((sum, each) => sum + each.component_var_before, 0);
    expect(sectors).toBeCloseTo(start.var_95, 14);

    const [sale] = answer.trades;
    expect(sale).toMatchObject({
      instrument_id: 'AAA',
      action: 'SELL',
      quantity: 300,
      price: 50,
      days_to_trade: 0.003,
    });
    expect(sale?.expected_cost_bps.spread).toBeCloseTo((2 * 15_000) / 870_000, 12);
    expect(sale?.expected_cost_bps.fee).toBeCloseTo(15_000 / 870_000, 12);
    const limits = Object.fromEntries(answer.limits.map((limit) => [limit.name, limit]));
    expect(limits['position:CCC']).toMatchObject({
      before: 0,
      after: 28_000 / 870_000,
      bound: 0.05,
      broken_after: false,
    });
    expect(limits['turnover']).toMatchObject({ bound: 0.25, broken_after: false });
    expect(limits['risk']?.after).toBeCloseTo(after.var_95, 14);
    expect(limits).toHaveProperty('correlation:CCC');
    expect(limits).not.toHaveProperty('correlation:AAA');
  });

  it('tells broken limits instead of refusing', async () => {
    const { limits, warnings } = await assess(
      impactRequest({
        trades: [{ instrument_id: 'FFF', action: 'BUY', quantity: 9_000.5 }],
        coordination_parameters: { restricted: ['FFF'], min_trade_notional: 1e6 },
      }),
    );
    const broken = limits.filter((limit) => limit.broken_after && !limit.broken_before).map(({ name }) => name);
    expect(broken).toEqual(
      expect.arrayContaining(['cash', 'turnover', 'sector:Odd', 'position:FFF', 'restricted:FFF']),
    );
    expect(warnings).toEqual([
      '9000.5 of FFF is no whole number of lots of 1.',
      'The trade of FFF is worth 900050, less than the minimum of 1000000.',
    ]);
  });

  it('takes a stored portfolio and configuration, tax lots, and no trades at all', async () => {
    const lot = { lot_id: 'old', quantity: 800, cost_basis: 30, acquired_at: '2020-01-02T00:00:00Z' };
    const [first, ...rest] = samplePortfolio().positions;
    const state = { ...samplePortfolio(), positions: [{ ...first, tax_lots: [lot] }, ...rest] };
    expect((await command.put('/portfolios/main/state', state)).status).toBe(201);
    const tax = { short_term_rate: 0.4, long_term_rate: 0.2 };
    expect((await command.put('/configurations/taxed', { tax })).status).toBe(201);
    const { portfolio_state: _, ...stored } = impactRequest({ portfolio_id: 'main', config_name: 'taxed' });
    const answer = await assess(stored);
    expect(answer.config_version).toBe('taxed@1');
    expect(answer.trades[0]?.lots).toEqual([
      { lot_id: 'old', quantity: 300, term: 'LONG', gain: 6_000, tax: expect.closeTo(1_200, 9) as number },
    ]);
    // a fifth of the gain of 20 on each of 300
    expect(answer.trades[0]?.expected_cost_bps.tax).toBeCloseTo((1e4 * 0.2 * 20 * 300) / 870_000, 10);
    const asItIs = await assess({ ...stored, trades: [] });
    expect(asItIs.impact_assessment.after).toEqual(asItIs.impact_assessment.before);
    expect(asItIs.turnover).toBe(0);
  });

  it('sells short where that is allowed', async () => {
    const trades = [{ instrument_id: 'BBB', action: 'SELL' as const, quantity: 900 }];
    const answer = await assess(impactRequest({ trades, coordination_parameters: { allow_short: true } }));
    expect(answer.instruments.find((each) => each.instrument_id === 'BBB')?.weight_after).toBeCloseTo(
      -24_000 / 870_000,
      14,
    );
    expect(answer.limits.map(({ name }) => name)).toContain('gross');
  });

  it.each<[string, unknown, string, string]>([
    [
      'more than is held',
      impactRequest({ trades: [{ instrument_id: 'AAA', action: 'SELL', quantity: 801 }] }),
      '/trades/0/quantity',
      'a quantity up to 800',
    ],
    [
      'what is not held',
      impactRequest({ trades: [{ instrument_id: 'CCC', action: 'SELL', quantity: 1 }] }),
      '/trades/0/quantity',
      'no SELL of it',
    ],
    [
      'an instrument nobody knows',
      impactRequest({ trades: [{ instrument_id: 'ZZZ', action: 'BUY', quantity: 1 }] }),
      '/trades/0/instrument_id',
      'a price',
    ],
    [
      'a reference nobody knows',
      impactRequest({ reference_weights: { 'Z/Z': 1 } }),
      '/reference_weights/Z~1Z',
      'a price',
    ],
    [
      'one instrument twice',
      impactRequest({
        trades: ['BUY', 'SELL'].map((action) => ({ instrument_id: 'AAA', action: action as 'BUY', quantity: 1 })),
      }),
      '/trades/1/instrument_id',
      'each name once',
    ],
    [
      'nothing',
      impactRequest({ trades: [{ instrument_id: 'AAA', action: 'BUY', quantity: 0 }] }),
      '/trades/0/quantity',
      'above 0',
    ],
    ['infinitely many', JSON.stringify(impactRequest()).replace('300', '1e999'), '/trades/0/quantity', 'finite'],
    [
      'a HOLD',
      { ...impactRequest(), trades: [{ instrument_id: 'AAA', action: 'HOLD', quantity: 1 }] },
      '/trades/0/action',
      'BUY, SELL',
    ],
    [
      'for an empty portfolio',
      impactRequest({
        portfolio_state: { ...samplePortfolio(), cash: 0, positions: [] },
        trades: [{ instrument_id: 'AAA', action: 'BUY', quantity: 1 }],
      }),
      '/portfolio_state',
      'cash plus positions > 0',
    ],
    ['for no portfolio', { trades: [] }, '/portfolio_state', 'portfolio_id'],
    ['for a portfolio nobody told', { trades: [], portfolio_id: 'other' }, '/portfolio_id', 'a stored portfolio_id'],
    ['under an unknown configuration', impactRequest({ config_name: 'none' }), '/config_name', 'a stored name'],
  ])('refuses %s', async (_, body, pointer, accepted) => {
    const problem = await refused(body);
    expect(problem.status).toBeGreaterThanOrEqual(400);
    expect(problem.status).toBeLessThan(500);
    expect(problem.errors[0]?.pointer).toBe(pointer);
    expect(problem.errors[0]?.accepted).toContain(accepted);
  });

  it('says what it could not look at', async () => {
    const noFolder = await assess(impactRequest({ history: 'FULL' }));
    expect(noFolder.history.source).toBe('MARKET_MODEL');
    expect(noFolder.warnings).toEqual([
      'The full history was asked for, but no folder of bars is configured (MARKET_DATA_DIR): the 100 days of the market model stand alone.',
    ]);
    const unknown = { ...samplePortfolio(), positions: [{ instrument_id: 'NEW', quantity: 10, price: 5 }] };
    const { warnings, impact_assessment } = await assess(impactRequest({ portfolio_state: unknown, trades: [] }));
    expect(impact_assessment.before).not.toHaveProperty('historical');
    expect(warnings).toContain(
      'Under 60 days of the history have returns of 90 % of the portfolio: there is no historical simulation of it.',
    );
  });
});
