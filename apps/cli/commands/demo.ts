import type { Command } from 'commander';
import type { CoordinationRequest } from '#domain';
import { buildMarketModel, type Demonstration, demonstration } from '#market-data';
import { coordinateOffline } from '../coordinate-offline.js';
import { coordinationReport } from '../report/coordination-report.js';
import type { Terminal } from '../terminal.js';
import { contextOf } from './coordinate.js';

interface DemoOptions {
  readonly json: boolean;
  readonly request: boolean;
}

export function addDemoCommand(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .description('coordinate the demonstration: 200 made-up instruments, 70 positions, 100 signals of 6 sources')
    .option('--json', 'print the answer as JSON', false)
    .option('--request', 'print the request instead, to look at or to send to a service', false)
    .addHelpText(
      'after',
      '\nEverything is made from a fixed seed: every run shows the same market and the same decisions.',
    )
    .action(async (options: DemoOptions) => {
      const request = demoRequest(demonstration());
      if (options.request) return terminal.out(`${JSON.stringify(request)}\n`);
      const answer = await coordinateOffline(request);
      terminal.out(
        options.json
          ? `${JSON.stringify(answer)}\n`
          : coordinationReport(answer, contextOf(request), { width: terminal.width }),
      );
    });
}

/** The demonstration as one request that carries its market data with it. */
export function demoRequest(demo: Demonstration): CoordinationRequest {
  const model = buildMarketModel(demo.market.bars, demo.market.instruments);
  return {
    as_of: demo.as_of,
    signals: demo.signals,
    portfolio_state: demo.portfolio,
    coordination_parameters: demo.parameters,
    market_data: { instruments: model.instruments, factor_model: model.factor_model },
  };
}
