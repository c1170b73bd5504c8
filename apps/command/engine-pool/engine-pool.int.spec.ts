import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type AssessImpactCommand,
  assessProposedTrades,
  canonicalJson,
  type CoordinateCommand,
  decideCoordination,
  measureOrders,
  PRIOR_LEARNED_STATE,
  type ReplanCommand,
  replanRemaining,
} from '#domain';
import { packageRoot } from '#platform';
import { createCertifiedOptimiser } from '#reference-solver';
import { samplePortfolio, sampleRequest, sampleSignal } from '../e2e/sample-request.js';
import { sampleMarketModel } from '../e2e/sample-market-model.js';
import { createEnginePool } from './engine-pool.js';
import { type Engine, EngineBusyError } from './engine.js';

/** a worker thread runs JavaScript; inside node_modules, so that it finds its packages */
const compiled = join(packageRoot(), 'node_modules/.cache', `engine-pool-spec-${process.pid}`);

const command = (over: Partial<CoordinateCommand> = {}): CoordinateCommand => ({
  coordinationId: 'coord_20250621_001',
  request: sampleRequest(),
  portfolioState: samplePortfolio(),
  storedPortfolioState: false,
  learnedState: PRIOR_LEARNED_STATE,
  asOf: '2025-06-21T10:00:00Z',
  engineVersion: '1',
  ...over,
});

describe('the engine pool', () => {
  let pool: Engine;
  beforeAll(async () => {
    const sources = ['apps/command', 'libs/domain', 'libs/engine', 'libs/reference-solver'];
    const swc = join(packageRoot(), 'node_modules/.bin/swc');
    const args = [...sources, '--out-dir', compiled, '--config-file', '.swcrc', '--ignore', '**/*.spec.ts', '--quiet'];
    execFileSync(swc, args, { cwd: packageRoot() });
    await writeFile(join(compiled, 'package.json'), '{ "type": "module", "imports": { "#*": "./libs/*/index.js" } }');
    const worker = pathToFileURL(join(compiled, 'apps/command/engine-pool/engine.worker.js'));
    pool = await createEnginePool({ threads: 2, queueMax: 2, worker });
  });
  afterAll(async () => {
    await pool.close();
    await rm(compiled, { recursive: true, force: true });
  });

  it('decides the same bytes as the pure function called here', async () => {
    const optimise = await createCertifiedOptimiser();
    const { signals, portfolio_state } = sampleRequest();
    const bare = { signals, ...(portfolio_state ? { portfolio_state } : {}) };
    const commands = [
      command(),
      command({ storedPortfolioState: true, configuration: { name: 'c', version: 2, parameters: { fee_bps: 3 } } }),
      command({ marketModel: sampleMarketModel(1), request: bare }),
      command({ marketModel: sampleMarketModel(2), request: bare }),
      // what is gathered beside the request is an input too, and recorded
      command({
        storedPortfolioState: true,
        queuedRebalances: [{ rebalance_id: 'r', targets: [{ instrument_id: 'AAA', target_weight: 0.02 }] }],
        storedTrades: [{ account: 'other', instrument_id: 'BBB', quantity: 10, traded_at: '2025-06-20T15:00:00Z' }],
        tradingSessions: {
          calendar: 'XNYS',
          ordinary_minutes: 390,
          sessions: [{ open_at: '2025-06-23T13:30:00Z', close_at: '2025-06-23T20:00:00Z' }],
        },
      }),
    ];
    for (const each of commands) {
      const here = decideCoordination(each, optimise);
      expect('events' in here).toBe(true);
      expect(canonicalJson(await pool.decide(each))).toBe(canonicalJson(here));
    }
  });

  it('assesses trades as the pure function called here', async () => {
    const { portfolio_state: _, market_data: __, ...bare } = sampleRequest();
    const trades = [{ instrument_id: 'AAA', action: 'SELL' as const, quantity: 100 }];
    const assess: AssessImpactCommand = {
      ...command({ marketModel: sampleMarketModel(2) }),
      request: { ...bare, trades },
    };
    const answer = await pool.assess(assess);
    expect(answer).toHaveProperty('impact_assessment');
    expect(canonicalJson(answer)).toBe(canonicalJson(assessProposedTrades(assess)));
    const tooMany = { ...assess, request: { trades: [{ ...trades[0]!, quantity: 1e6 }] } };
    expect(await pool.assess(tooMany)).toMatchObject({ rejected: true, code: 'INVALID_REQUEST' });
  });

  it('measures orders and plans them again as the pure functions called here', async () => {
    const { portfolio_state: _, market_data: __, ...bare } = sampleRequest();
    const decided = command({ marketModel: sampleMarketModel(2), request: bare });
    const orders = [
      { decision_id: 'decision_001', instrument_id: 'AAA', quantity: -300 },
      { decision_id: 'decision_002', instrument_id: 'CCC', quantity: 200 },
    ];
    const measured = await pool.measureOrders({ ...decided, orders });
    expect(measured).toHaveLength(2);
    expect(canonicalJson(measured)).toBe(canonicalJson(measureOrders({ ...decided, orders })));
    const replan: ReplanCommand = {
      ...decided,
      asOf: '2025-06-21T12:00:00Z',
      decidedAsOf: decided.asOf,
      planEndsAt: '2025-06-21T16:30:00Z',
      observed: [{ instrument_id: 'CCC', price: 75 }],
      remaining: orders,
    };
    const replanned = await pool.replan(replan);
    expect(replanned).toMatchObject({ plans: [{}, {}], released: [] });
    expect(canonicalJson(replanned)).toBe(canonicalJson(replanRemaining(replan)));
    const afterwards = { ...replan, asOf: '2025-06-21T16:31:00Z' };
    expect(await pool.replan(afterwards)).toMatchObject({ code: 'NO_SESSION_LEFT' });
    const runningOn = await pool.replan({ ...afterwards, planEndsAt: '2025-06-22T11:00:00Z' });
    expect(runningOn).toMatchObject({ plans: [{}, {}] });
    const unpriced = [{ ...orders[0]!, instrument_id: 'ZZZ' }];
    expect(await pool.replan({ ...replan, remaining: unpriced })).toMatchObject({ code: 'MISSING_PRICE' });
  });

  it('passes refusals on', async () => {
    const portfolioState = { ...samplePortfolio(), positions: [{ instrument_id: 'ZZZ', quantity: 1 }] };
    const refused = await pool.decide(
      command({ request: sampleRequest({ portfolio_state: portfolioState }), portfolioState }),
    );
    expect(refused).toMatchObject({ rejected: true, code: 'MISSING_PRICE' });
  });

  it('leaves the event loop free, and sends away what it cannot queue', async () => {
    const signals = Array.from({ length: 500 }, (_, n) => sampleSignal(n));
    const many = Array.from({ length: 12 }, () => pool.decide(command({ request: sampleRequest({ signals }) })));
    const outcomes = await Promise.allSettled(many);
    const busy = outcomes.filter((o) => o.status === 'rejected');
    // two at work and two waiting; the rest was told at once
    expect(outcomes.length - busy.length).toBeGreaterThanOrEqual(4);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy.every((o) => o.reason instanceof EngineBusyError)).toBe(true);
    expect(await pool.decide(command())).toHaveProperty('events');
  });
});
