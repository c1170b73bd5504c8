import type { Command } from 'commander';
import type { CoordinationRequest, CoordinationResponse } from '#domain';
import { type Answer, coordinationReport, type ReportContext, reportContext } from '../report/coordination-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import { readSignals } from '../signals-csv.js';
import { readJson, type Terminal } from '../terminal.js';

interface CoordinateOptions {
  readonly url: string;
  readonly offline: boolean;
  readonly signals?: string;
  readonly json: boolean;
}

export type CoordinateOffline = (document: unknown) => Promise<Answer>;

export function addCoordinateCommand(program: Command, terminal: Terminal, coordinateOffline: CoordinateOffline): void {
  withServiceUrl(program.command('coordinate'))
    .description('coordinate the signals of a request: by the service, or in this process')
    .argument('<file>', 'the request as JSON, the body of POST /coordinate; - for standard input')
    .option('--offline', 'no service: the engine runs here, and nothing is stored', false)
    .option('--signals <csv>', 'take the signals of a CSV file, whose columns are the fields of a signal')
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      `
Offline the request must be whole: its own portfolio_state, its own market_data, no config_name. The decisions are those
that the service would make of it.
${API_KEY_HELP}

Examples:
  coordination coordinate request.json
  coordination coordinate request.json --signals signals.csv
  coordination coordinate request.json --offline --json | jq '.decisions[].action'`,
    )
    .action(async (file: string, options: CoordinateOptions) => {
      const document = await requestOf(file, options.signals);
      const answer = options.offline
        ? await coordinateOffline(document)
        : await new ServiceClient(options.url).post<CoordinationResponse>('coordinate', document);
      if (options.json) return terminal.out(`${JSON.stringify(answer)}\n`);
      terminal.out(coordinationReport(answer, contextOf(document as CoordinationRequest), { width: terminal.width }));
    });
}

/** The request of a file, with the signals of another one where it is named. */
async function requestOf(file: string, signals: string | undefined): Promise<unknown> {
  const document = await readJson(file);
  // what is no request at all is refused for what it is
  if (signals === undefined || typeof document !== 'object' || Array.isArray(document)) return document;
  return { ...document, signals: await readSignals(signals) };
}

/** Null where the request only names what the service knows: its portfolio, or the prices of its positions. */
export function contextOf(request: CoordinationRequest): ReportContext | null {
  if (request.portfolio_state === undefined) return null;
  const prices = new Map(request.market_data?.instruments.map(({ instrument_id, price }) => [instrument_id, price]));
  return reportContext(request.portfolio_state, prices);
}
