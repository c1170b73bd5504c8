import type { Command } from 'commander';
import type { CoordinationRequest, CoordinationResponse } from '#domain';
import { type Answer, coordinationReport, type ReportContext, reportContext } from '../report/coordination-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import { readJson, type Terminal } from '../terminal.js';

interface CoordinateOptions {
  readonly url: string;
  readonly offline: boolean;
  readonly json: boolean;
}

export type CoordinateOffline = (document: unknown) => Promise<Answer>;

export function addCoordinateCommand(program: Command, terminal: Terminal, coordinateOffline: CoordinateOffline): void {
  withServiceUrl(program.command('coordinate'))
    .description('coordinate the signals of a request: by the service, or in this process')
    .argument('<file>', 'the request as JSON, the body of POST /coordinate; - for standard input')
    .option('--offline', 'no service: the engine runs here, and nothing is stored', false)
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      `
Offline the request must be whole: its own portfolio_state, its own market_data, no config_name. The decisions are those
that the service would make of it.
${API_KEY_HELP}

Examples:
  coordination coordinate request.json
  coordination coordinate request.json --offline --json | jq '.decisions[].action'`,
    )
    .action(async (file: string, options: CoordinateOptions) => {
      const document = await readJson(file);
      const answer = options.offline
        ? await coordinateOffline(document)
        : await new ServiceClient(options.url).post<CoordinationResponse>('coordinate', document);
      if (options.json) return terminal.out(`${JSON.stringify(answer)}\n`);
      terminal.out(coordinationReport(answer, contextOf(document as CoordinationRequest), { width: terminal.width }));
    });
}

/** Null where the request only names what the service knows: its portfolio, or the prices of its positions. */
export function contextOf(request: CoordinationRequest): ReportContext | null {
  if (request.portfolio_state === undefined) return null;
  const prices = new Map(request.market_data?.instruments.map(({ instrument_id, price }) => [instrument_id, price]));
  return reportContext(request.portfolio_state, prices);
}
