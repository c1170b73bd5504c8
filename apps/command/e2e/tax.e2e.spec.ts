import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateCoordinationResponse } from '#contracts';
import type { CoordinationProblem, CoordinationRequest, CoordinationResponse } from '#domain';
import { utilityBound, validateProblem } from '#engine';
import { packageRoot, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from './command-app.js';

const postgres = withPostgres();
const python = process.env['PYTHON'] ?? 'python3';
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;
const docs = join(packageRoot(), 'docs');

const example = (): CoordinationRequest =>
  JSON.parse(readFileSync(join(docs, 'examples', 'tax-request.json'), 'utf8')) as CoordinationRequest;

/** The first JSON block of the page. */
const quoted = (): unknown => JSON.parse(/```json\n([^]*?)```/.exec(readFileSync(join(docs, 'tax.md'), 'utf8'))![1]!);

describe('POST /coordinate with tax lots', () => {
  let db: SqlDatabase;
  let command: CommandApp;
  beforeAll(async () => {
    db = await postgres.open();
    command = await openCommandApp(db, postgres.url);
  });
  afterAll(() => command.close());

  const coordinated = async (request: object): Promise<CoordinationResponse> => {
    const answer = await command.post('/coordinate', request);
    expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
    const body = answer.json<CoordinationResponse>();
    expect(validateCoordinationResponse(body)).toEqual([]);
    return body;
  };

  it('answers the example of the documentation as it is printed there', async () => {
    const { decisions, limits } = await coordinated(example());
    const shown = decisions.map(({ instrument_id, action, quantity, lots }) => ({
      instrument_id,
      action,
      quantity,
      lots,
    }));
    expect(shown).toEqual(quoted());
    expect(decisions[2]!.coordination_reasoning).toContain(
      '13 days until lot a-2024 is long-term: waiting would save 300.00 of tax at this price.',
    );
    expect(limits.find(({ name }) => name === 'gains:total')).toMatchObject({ broken_before: true, relaxed_by: 0 });
  });

  it.each(['FIFO', 'HIFO'] as const)(
    'keeps a budget by %s, with a certificate that anyone can check',
    async (lot_method) => {
      const request = example();
      const parameters = request.coordination_parameters!;
      const tax = { lot_method, gain_budget: { total: 5_000, long_term: 4_000 } };
      const answer = await coordinated({
        ...request,
        coordination_parameters: { ...parameters, tax },
        realised_gains_to_date: { long_term: 1_000 },
      });
      const realised = answer.decisions.flatMap(({ lots = [] }) => lots).filter(({ term }) => term === 'LONG');
      const longTerm = realised.reduce((sum, { gain }) => sum + gain!, 0);
      expect(longTerm).toBeLessThanOrEqual(3_000);
      const problem = (
        await command.get(`/coordination/${answer.coordination_id}/problem`)
      ).json<CoordinationProblem>();
      expect(validateProblem(problem)).toEqual({ problem });
      const { solution, whole_lots } = problem;
      const room = whole_lots.gain_prices!.reduce((sum, { price, room: left }) => sum + price * left, 0);
      const bound = utilityBound(problem, solution.multipliers, solution.w) + room;
      const utility = whole_lots.utility ?? whole_lots.objective;
      expect(answer.coordination_summary.utility).toBe(utility);
      expect(answer.optimality_gap_bps).toBeCloseTo(1e4 * (bound - utility), 6);
      expect(bound).toBeGreaterThanOrEqual(utility);
      if (!hasNumpy) return;
      const script = join(docs, 'check_problem.py');
      expect(execFileSync(python, [script, '-'], { input: JSON.stringify(problem) }).toString()).toMatch(
        /is what it claims to be/,
      );
    },
  );

  it('sells the lots that a request names of a stored portfolio, and those alone', async () => {
    const { portfolio_state: state, ...request } = example();
    expect((await command.put(`/portfolios/${state!.portfolio_id}/state`, state!)).status).toBeLessThan(300);
    const tax = { lot_method: 'SPECIFIC' };
    const specific = { ...request, portfolio_id: state!.portfolio_id, coordination_parameters: { tax } };
    const lots_to_sell = [{ instrument_id: 'AAA', lot_ids: ['a-2024'] }];
    const { decisions } = await coordinated({ ...specific, lots_to_sell });
    const lots = decisions.find(({ instrument_id }) => instrument_id === 'AAA')!.lots;
    expect(lots).toMatchObject([{ lot_id: 'a-2024' }]);

    const refused = await command.post('/coordinate', {
      ...specific,
      lots_to_sell: [{ instrument_id: 'AAA', lot_ids: ['a-2024', 'a-2018'] }],
    });
    expect(refused.status).toBe(422);
    expect(refused.json()).toMatchObject({
      errors: [{ pointer: '/lots_to_sell/0/lot_ids/1', accepted: 'one of a-2019, a-2024' }],
    });
  });

  it('takes purchases from stored portfolios of the same taxpayer, and decides them again the same', async () => {
    const at = (days: number) => new Date(Date.parse('2025-06-20T14:30:00Z') + days * 86_400_000).toISOString();
    const lot = { lot_id: 'p', quantity: 10, cost_basis: 90, acquired_at: at(-8) };
    const positions = [{ instrument_id: 'BBB', quantity: 10, tax_lots: [lot] }];
    const open_orders = [{ instrument_id: 'AAA', quantity: 5 }];
    const pension = { portfolio_id: 'pension', as_of: at(-1), cash: 1, positions, open_orders };
    expect((await command.put('/portfolios/pension/state', pension)).status).toBe(201);
    const answer = await coordinated({ ...example(), wash_sale_portfolios: ['pension'] });
    const decision = answer.decisions.find(({ instrument_id }) => instrument_id === 'BBB')!;
    expect(decision.lots).toMatchObject([{ lot_id: 'b-2024', tax: 0, loss_disallowed: 12_000 }]);
    expect(decision.coordination_reasoning.join(' ')).toContain(
      'A loss of 12000.00 does not count: pension bought BBB 8 days ago, within 30 days (wash sale).',
    );
    const [requested] = await db.query<{ trades: unknown }>(
      `SELECT data::jsonb -> 'stored_trades' AS trades FROM events WHERE type = 'coordination_requested' AND stream = $1`,
      [`coordination-${answer.coordination_id}`],
    );
    expect(requested!.trades).toEqual([
      { account: 'pension', instrument_id: 'BBB', quantity: 10, price: 90, traded_at: at(-8) },
      { account: 'pension', instrument_id: 'AAA', quantity: 5, traded_at: at(0) },
    ]);
    // what the other portfolio tells later has no part in it
    expect((await command.put('/portfolios/pension/state', { ...pension, positions: [] })).status).toBe(200);
    const again = await command.get(`/coordination/${answer.coordination_id}/problem`);
    const { utility, objective } = again.json<CoordinationProblem>().whole_lots;
    expect(utility ?? objective).toBe(answer.coordination_summary.utility);

    const refused = await command.post('/coordinate', { ...example(), wash_sale_portfolios: ['pension', 'nobody'] });
    expect(refused.json()).toMatchObject({ errors: [{ pointer: '/wash_sale_portfolios/1' }] });
  });

  it('counts what a coordination of another stored portfolio has ordered', async () => {
    const { portfolio_state: _, ...request } = example();
    const as_of = request.as_of!;
    const spouse = { portfolio_id: 'spouse', as_of, cash: 1e6, positions: [] };
    expect((await command.put('/portfolios/spouse/state', spouse)).status).toBe(201);
    const buy = {
      ...request.signals[0]!,
      instrument_id: 'BBB',
      action: 'BUY',
      strength: 1,
      confidence: 0.9,
      expected_return: 0.1,
    };
    const ordered = await coordinated({
      as_of,
      signals: [buy],
      portfolio_id: 'spouse',
      market_data: request.market_data,
      coordination_parameters: { max_position_size: 0.1, risk_budget_limit: 0.1 },
    });
    const { quantity } = ordered.decisions[0]!;
    expect(quantity).toBeGreaterThan(0);
    const answer = await coordinated({ ...example(), wash_sale_portfolios: ['spouse'] });
    const [requested] = await db.query<{ trades: unknown }>(
      `SELECT data::jsonb -> 'stored_trades' AS trades FROM events WHERE type = 'coordination_requested' AND stream = $1`,
      [`coordination-${answer.coordination_id}`],
    );
    expect(requested!.trades).toMatchObject([{ account: 'spouse', instrument_id: 'BBB', quantity }]);
    expect(answer.decisions.find(({ instrument_id }) => instrument_id === 'BBB')!.lots).toMatchObject([
      { lot_id: 'b-2024', tax: 0, loss_disallowed: 12_000 },
    ]);
  });

  it('takes methods and budgets from a stored configuration, and tells impact by them', async () => {
    const tax = { lot_method: 'FIFO', long_term_rate: 0.2, gain_budget: { total: 1_000 } };
    expect((await command.put('/configurations/taxed', { tax })).status).toBe(201);
    const { portfolio_state, market_data } = example();
    const answer = await command.post('/impact', {
      portfolio_state,
      market_data,
      config_name: 'taxed',
      as_of: example().as_of,
      trades: [{ instrument_id: 'AAA', action: 'SELL', quantity: 250 }],
    });
    expect(answer.json()).toMatchObject({
      trades: [
        {
          lots: [
            { lot_id: 'a-2019', quantity: 200, term: 'LONG', gain: 12_000, tax: 2_400 },
            { lot_id: 'a-2024', quantity: 50, term: 'SHORT', gain: 250, tax: 0 },
          ],
        },
      ],
      limits: expect.arrayContaining([
        { name: 'gains:total', before: 0, after: 0.01225, bound: 0.001, broken_before: false, broken_after: true },
      ]) as unknown,
    });
  });
});
