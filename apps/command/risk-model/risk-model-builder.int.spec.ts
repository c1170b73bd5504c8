import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  barsOf,
  buildReportedModel,
  demoMarket,
  MarketDataStore,
  openPreparer,
  type ReportedModel,
  selectInstruments,
} from '#market-data';
import { migrate, migrationsFolder, packageRoot } from '#platform';
import { withPostgres } from '#testing';
import { createThreadBuilder, type RiskModelBuilder } from './risk-model-builder.js';

/** a worker thread runs JavaScript; inside node_modules, so that it finds its packages */
const compiled = join(packageRoot(), 'node_modules/.cache', `risk-model-spec-${process.pid}`);

describe('the thread that builds risk models', () => {
  const server = withPostgres();
  let builder: RiskModelBuilder;
  beforeAll(async () => {
    const sources = [
      'apps/command/risk-model',
      'libs/contracts',
      'libs/domain',
      'libs/engine',
      'libs/market-data',
      'libs/platform',
    ];
    const swc = join(packageRoot(), 'node_modules/.bin/swc');
    const args = [...sources, '--out-dir', compiled, '--config-file', '.swcrc', '--ignore', '**/*.spec.ts', '--quiet'];
    execFileSync(swc, args, { cwd: packageRoot() });
    await writeFile(join(compiled, 'package.json'), '{ "type": "module", "imports": { "#*": "./libs/*/index.js" } }');
    builder = createThreadBuilder(pathToFileURL(join(compiled, 'apps/command/risk-model/risk-model.worker.js')));
  });
  afterAll(async () => {
    await builder.close();
    await rm(compiled, { recursive: true, force: true });
  });

  it('reads by itself, leaves the event loop alone, and gives what this thread would', async () => {
    const db = await server.open();
    await migrate(db, migrationsFolder('market-data'), { lockKey: 1 });
    const store = new MarketDataStore(db);
    const market = demoMarket();
    const bars = selectInstruments(market.bars, market.bars.instruments.slice(0, 40));
    await store.upsertBars(barsOf(bars));

    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 10);
    const task = { source: { kind: 'SQL', url: server.url } as const, asOf: '2025-06-20' };
    const answer = await builder.build(task);
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(10);
    expect(answer.notice).toBeNull();
    const built = JSON.parse(Buffer.from(answer.built ?? []).toString('utf8')) as ReportedModel;
    const { preparer } = await openPreparer();
    const instruments = await store.instruments();
    expect(built).toEqual(
      buildReportedModel({ bars: await store.readMatrix('2025-06-20', 1_260), instruments }, preparer),
    );
    expect(built.report.self_test).not.toBeNull();
  });

  it('says where there is nothing to build of, and fails where it cannot read', async () => {
    const nothing = { source: { kind: 'SQL', url: server.url } as const, asOf: '1999-01-01' };
    expect(await builder.build(nothing)).toMatchObject({ built: null });
    const unreachable = {
      source: { kind: 'SQL', url: 'postgres://nobody@127.0.0.1:1/none' } as const,
      asOf: '2025-06-20',
    };
    await expect(builder.build(unreachable)).rejects.toThrow();
  });
});
