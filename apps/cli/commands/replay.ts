import type { Command } from 'commander';
import type { CoordinationParameters, ReplayRequest, VerifyReport, WhatIfReport } from '#domain';
import { position } from '../audit-source.js';
import { CommandFailure, EXIT } from '../failure.js';
import { replayReport } from '../report/replay-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import { readJson, type Terminal } from '../terminal.js';
import { watchJob } from '../watch-job.js';

interface ReplayOptions {
  readonly url: string;
  readonly from?: string;
  readonly to?: string;
  readonly fromPosition?: number;
  readonly toPosition?: number;
  readonly portfolio?: string;
  readonly config?: string;
  readonly parameters?: string;
  readonly json: boolean;
}

/** The part of a replay that this command reads. */
interface ReplayJob {
  readonly replay_id: string;
  readonly mode: ReplayRequest['mode'];
  readonly status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly progress: { readonly done: number; readonly total: number };
  readonly report: VerifyReport | WhatIfReport;
  readonly failure?: string;
}

export function addReplayCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('replay'))
    .description('decide recorded coordinations again: compare every byte, or see what another configuration would do')
    .option('--from <time>', 'recorded at or after it (RFC 3339)')
    .option('--to <time>', 'recorded before it')
    .option('--from-position <n>', 'from this position of the log on', position)
    .option('--to-position <n>', 'up to this position', position)
    .option('--portfolio <id>', 'coordinations of this portfolio')
    .option('--config <name>', 'what if: under this stored configuration')
    .option('--parameters <file>', 'what if: with these coordination parameters (JSON), whatever the requests had')
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      `
Without --config and --parameters every recorded byte is verified; exit code 3 where one differs. The service does the
work and goes on with it if this command is ended.
${API_KEY_HELP}

Examples:
  coordination replay
  coordination replay --from 2025-06-01T00:00:00Z --config cautious`,
    )
    .action(async (options: ReplayOptions) => {
      const service = new ServiceClient(options.url);
      const job = await finished(service, await service.post<ReplayJob>('replays', await requestOf(options)), terminal);
      terminal.out(options.json ? `${JSON.stringify(job)}\n` : replayReport(job.report));
      if (job.status !== 'COMPLETED') {
        const why = job.failure === undefined ? '' : `: ${job.failure}`;
        throw new CommandFailure(`the replay ended ${job.status}${why}`);
      }
      if ('verified' in job.report && job.report.verified < job.progress.total) {
        throw new CommandFailure('not every recorded coordination was given again', EXIT.different);
      }
    });
}

async function requestOf(options: ReplayOptions): Promise<ReplayRequest> {
  const { from, to, fromPosition, toPosition, portfolio, config, parameters } = options;
  return {
    mode: config === undefined && parameters === undefined ? 'verify' : 'what-if',
    range: {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(fromPosition === undefined ? {} : { from_position: fromPosition }),
      ...(toPosition === undefined ? {} : { to_position: toPosition }),
      ...(portfolio === undefined ? {} : { portfolio_id: portfolio }),
    },
    ...(config === undefined ? {} : { config_name: config }),
    ...(parameters === undefined
      ? {}
      : { coordination_parameters: (await readJson(parameters)) as CoordinationParameters }),
  };
}

const finished = (service: ServiceClient, started: ReplayJob, terminal: Terminal): Promise<ReplayJob> =>
  watchJob(
    service,
    started,
    {
      label: 'replay',
      unit: 'coordinations',
      path: `replays/${started.replay_id}`,
      progressOf: ({ progress }) => progress,
      hasEnded: ({ status }) => status !== 'QUEUED' && status !== 'RUNNING',
    },
    terminal,
  );
