import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import type { CoordinationProblem, CoordinationResponse } from '#domain';
import { ENGINE_VERSION, relativeGap, utilityBound, validateProblem, verifySolution } from '#engine';
import { packageRoot, type SqlDatabase } from '#platform';
import { withPostgres } from '#testing';
import { type CommandApp, openCommandApp } from '../e2e/command-app.js';
import { samplePortfolio, sampleRequest } from '../e2e/sample-request.js';
import { PublishMarketModel } from '../market-model/publish-market-model.js';
import { sampleMarketModel } from '../e2e/sample-market-model.js';

const postgres = withPostgres();
const python = process.env['PYTHON'] ?? 'python3';
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;

describe('GET /coordination/{id}/problem', () => {
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
    return answer.json<CoordinationResponse>();
  };
  const problemOf = async (id: string): Promise<CoordinationProblem> => {
    const answer = await command.get(`/coordination/${id}/problem`);
    expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.any(String)]);
    return answer.json<CoordinationProblem>();
  };

  it('shows the problem, an answer that its multipliers prove, and the whole lots decided on', async () => {
    const response = await coordinated(sampleRequest());
    const document = await problemOf(response.coordination_id);
    expect(validateProblem(document)).toEqual({ problem: document });

    const { solution, whole_lots } = document;
    expect(verifySolution(document, solution)).toMatchObject({ violations: [] });
    expect(verifySolution(document, solution).gap_relative).toBeLessThanOrEqual(1e-8);
    expect(response.coordination_summary.utility).toBeCloseTo(whole_lots.objective, 12);
    const bound = utilityBound(document, solution.multipliers, solution.w);
    expect(response.optimality_gap_bps).toBeCloseTo(1e4 * (bound - whole_lots.objective), 6);
    expect(relativeGap(document, whole_lots.objective, bound)).toBeLessThan(1e-3);
    for (const decision of response.decisions.filter((d) => d.action !== 'HOLD')) {
      const i = document.instruments.indexOf(decision.instrument_id);
      const traded = (whole_lots.w[i] as number) - (document.initial[i] as number);
      expect(traded).toBeCloseTo(decision.portfolio_impact.position_change, 12);
    }
  });

  (hasNumpy ? it : it.skip)('hands a sceptic everything that a check with numpy alone needs', async () => {
    const { coordination_id } = await coordinated(sampleRequest());
    const { text } = await command.get(`/coordination/${coordination_id}/problem`);
    const script = join(packageRoot(), 'docs', 'check_problem.py');
    expect(execFileSync(python, [script, '-'], { input: text }).toString()).toMatch(
      /whole lots: below the bound[^]*is what it claims to be/,
    );
  });

  it('finds what the coordination named: a stored portfolio, a version of a configuration, a published model', async () => {
    const publish = async (scale: number): Promise<void> => {
      const context = { actor: 'test', correlationId: 'test', startedAt: 0 };
      await command.app.get(CommandBus).execute(new PublishMarketModel(sampleMarketModel(scale), context));
    };
    await publish(1);
    await command.put('/portfolios/main/state', samplePortfolio());
    await command.put('/configurations/named', { risk_aversion: 40 });
    const { signals, as_of } = sampleRequest();
    const { coordination_id } = await coordinated({ signals, as_of, portfolio_id: 'main', config_name: 'named' });

    // all three move on, and the problem stays what it was
    const before = await problemOf(coordination_id);
    expect(before.risk_aversion).toBe(40);
    await publish(9);
    await command.put('/portfolios/main/state', { ...samplePortfolio(), cash: 1 });
    await command.put('/configurations/named', { risk_aversion: 2 });
    expect(await problemOf(coordination_id)).toEqual(before);
  });

  it('does not know what was never coordinated', async () => {
    const answer = await command.get('/coordination/coord_20250621_999/problem');
    expect([answer.status, answer.json().type]).toEqual([404, '/problems/not-found']);
  });

  it('refuses to show a problem that was not the one solved', async () => {
    const { coordination_id } = await coordinated(sampleRequest());
    const stream = `coordination-${coordination_id}`;
    await db.query('ALTER TABLE events DISABLE TRIGGER ALL');
    await db.query(
      `UPDATE events SET data = replace(data, $2, '"engine_version":"0"') WHERE stream = $1 AND version = 1`,
      [stream, `"engine_version":"${ENGINE_VERSION}"`],
    );
    await db.query(
      `UPDATE events SET data = replace(data, '"optimality_gap_bps":', '"optimality_gap_bps":1') WHERE stream = $1 AND version = 2`,
      [stream],
    );
    const answer = await command.get(`/coordination/${coordination_id}/problem`);
    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ type: '/problems/not-reproducible', recorded_engine_version: '0' });
  });
});
