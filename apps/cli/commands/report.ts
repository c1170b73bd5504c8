import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { isUtcTime } from '#contracts';
import type { AccuracyAnswer } from '../../query/outcomes/get-accuracy.js';
import type { AttributionAnswer } from '../../query/outcomes/get-attribution.js';
import type { SourceCard } from '../../query/outcomes/get-sources.js';
import { CommandFailure } from '../failure.js';
import { equityOf, type PerformanceReport, reportHtml } from '../report/performance/performance-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface ReportOptions {
  readonly url: string;
  readonly auditUrl?: string;
  readonly from?: string;
  readonly to?: string;
  readonly portfolio?: string;
  readonly by: string;
  readonly out: string;
  readonly json: boolean;
}

export function addReportCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('report'))
    .description('whether it worked: one HTML file of what decisions earned, for whom, and what the limits cost')
    .option(
      '--from <time>',
      'decisions from this time on, such as 2025-01-01T00:00:00Z; default 90 days before --to',
      utcTime,
    )
    .option('--to <time>', 'decisions before this time; default now', utcTime)
    .option('--portfolio <id>', 'of one portfolio')
    .option(
      '--by <group>',
      'who earned it: source, strategy, instrument, sector, regime, mode, configuration',
      'source',
    )
    .option('--audit-url <url>', 'the command process, for the checkpoint of the log; default --url')
    .option('--out <file>', 'where to write it; - for standard output', 'report.html')
    .option('--json', 'JSON in place of HTML', false)
    .addHelpText(
      'after',
      `
Equity and drawdown of the decisions' profit, attribution, costs, what limits cost, scorecards of the sources, the reliability of the
confidences, and the signed checkpoint of the log that it is of. The file needs nothing from elsewhere.
${API_KEY_HELP}

Examples:
  coordination report --from 2025-01-01T00:00:00Z --out january.html
  coordination report --json --out - | jq .attribution.profit`,
    )
    .action(async (options: ReportOptions) => {
      const report = await gather(options);
      const text = options.json ? `${JSON.stringify(report)}\n` : reportHtml(report);
      if (options.out === '-') return terminal.out(text);
      await writeFile(options.out, text).catch((error: Error) => {
        throw new CommandFailure(`${options.out} cannot be written: ${error.message}`);
      });
      const { decisions, total } = report.attribution.profit;
      terminal.out(`${options.out}: ${decisions} measured decisions, profit ${total.toFixed(2)}\n`);
    });
}

async function gather({ url, auditUrl = url, from, to, portfolio, by }: ReportOptions): Promise<PerformanceReport> {
  const service = new ServiceClient(url);
  const range = new URLSearchParams({
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(portfolio === undefined ? {} : { portfolio_id: portfolio }),
  });
  const grouped = new URLSearchParams([...range, ['by', by]]);
  const [attribution, accuracy, { sources }] = await Promise.all([
    service.get<AttributionAnswer>(`attribution?${grouped.toString()}`),
    service.get<AccuracyAnswer>(`accuracy?${range.toString()}`),
    service.get<{ readonly sources: readonly SourceCard[] }>(`sources?${range.toString()}`),
  ]);
  return {
    from: attribution.from,
    to: attribution.to,
    portfolio_id: portfolio ?? null,
    made_at: new Date().toISOString(),
    equity: equityOf(attribution.days),
    attribution,
    accuracy,
    sources,
    checkpoint: await newestCheckpoint(new ServiceClient(auditUrl)),
  };
}

async function newestCheckpoint(service: ServiceClient): Promise<PerformanceReport['checkpoint']> {
  const { checkpoints } = await service.get<{
    readonly checkpoints: readonly { readonly checkpoint: string; readonly public_key: string }[];
  }>('audit/checkpoints?limit=1');
  return checkpoints[0] ?? null;
}

function utcTime(text: string): string {
  if (isUtcTime(text)) return text;
  throw new InvalidArgumentError('a time in UTC such as 2025-06-21T10:00:00Z is accepted.');
}
