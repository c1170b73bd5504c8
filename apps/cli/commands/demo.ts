import { type Command, InvalidArgumentError } from 'commander';
import type { CoordinationRequest } from '#domain';
import { buildMarketModel, type Demonstration, demonstration, PLAYGROUND_DAYS_MAX } from '#market-data';
import { coordinateOffline } from '../coordinate-offline.js';
import { play, type Played } from '../playground/play.js';
import { coordinationReport } from '../report/coordination-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';
import { contextOf } from './coordinate.js';

interface DemoOptions {
  readonly url: string;
  readonly json: boolean;
  readonly request: boolean;
  readonly play: boolean;
  readonly days: number;
}

const DAYS_DEFAULT = 60;

export function addDemoCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('demo'))
    .description('coordinate the demonstration: 200 made-up instruments, 70 positions, 100 signals of 6 sources')
    .option('--json', 'print the answer as JSON', false)
    .option('--request', 'print the request instead, to look at or to send to a service', false)
    .option('--play', 'play weeks of it into a running service: a portfolio, signals and fills of every day', false)
    .option('--days <count>', `of --play: trading days, 1 to ${PLAYGROUND_DAYS_MAX}`, daysFrom, DAYS_DEFAULT)
    .addHelpText(
      'after',
      `
Everything is made from a fixed seed: every run shows the same market and the same decisions.

With --play there is something to explore afterwards, in the console and by the API: a portfolio that had drifted, with a winner
beyond its limit; a source that repeats another one's opinions, and one that is sure of what it does not know; orders that
fill slice by slice, some of which find no other side; and weeks of stress in which limits bind that did not before.
Broken off, it is run again: what was sent is not sent twice.
${API_KEY_HELP}

Examples:
  coordination demo
  coordination demo --play --days 60`,
    )
    .action(async (options: DemoOptions) => {
      if (options.play) {
        const played = await play(new ServiceClient(options.url), terminal, options.days);
        return terminal.out(options.json ? `${JSON.stringify(played)}\n` : playedText(played, options.url));
      }
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

function daysFrom(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= PLAYGROUND_DAYS_MAX) return days;
  throw new InvalidArgumentError(`a whole number from 1 to ${PLAYGROUND_DAYS_MAX} is accepted.`);
}

function playedText(played: Played, url: string): string {
  const { coordinations, first_day, last_day, decisions, refused, fills, cancelled, not_optimal, portfolio_id } =
    played;
  return [
    `${coordinations.length} days of the portfolio "${portfolio_id}", ${first_day} to ${last_day}:`,
    `  ${decisions} decisions, ${refused} refused signals, ${fills} fills, ${cancelled} orders called off`,
    `  ${not_optimal} days on which a limit had to give way`,
    '',
    `Look at ${new URL('console/', url.endsWith('/') ? url : `${url}/`).href}`,
    '',
  ].join('\n');
}
