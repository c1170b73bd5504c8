import { type Command, InvalidArgumentError } from 'commander';
import {
  riskModelHistory,
  type RiskModelLine,
  riskModelReport,
  type RiskModelText,
} from '../report/risk-model-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly url: string;
  readonly json: boolean;
}

export function addRiskModelCommand(program: Command, terminal: Terminal): void {
  const group = program
    .command('risk-model')
    .description('build the risk model of the stored bars, or look at the models that were published')
    .addHelpText(
      'after',
      `
A build prepares the bars (days of trading, outliers, stale and missing prices), estimates the model, tests it over the last
year and publishes it; coordinations go on meanwhile. The same bars give the same model, which is then published once.
${API_KEY_HELP}

Examples:
  coordination risk-model build
  coordination risk-model history --limit 5 --json`,
    );
  const subcommand = (name: string, description: string): Command =>
    withServiceUrl(group.command(name)).description(description).option('--json', 'print the answer as JSON', false);

  subcommand('build', 'build a model of the stored bars and use it from now on').action(async (options: Options) => {
    const built = await new ServiceClient(options.url).post<RiskModelText>('risk-models', {});
    terminal.out(options.json ? `${JSON.stringify(built)}\n` : riskModelReport(built));
  });
  subcommand('show', 'the model in use, and the report of its build').action(async (options: Options) => {
    const current = await new ServiceClient(options.url).get<RiskModelText>('risk-model/current');
    terminal.out(options.json ? `${JSON.stringify(current)}\n` : riskModelReport(current));
  });
  subcommand('history', 'the models that were published, newest first')
    .option('--limit <count>', 'how many at most', limit, 20)
    .action(async (options: Options & { readonly limit: number }) => {
      const { risk_models } = await new ServiceClient(options.url).get<{ risk_models: RiskModelLine[] }>(
        `risk-models?limit=${options.limit}`,
      );
      terminal.out(options.json ? `${JSON.stringify({ risk_models })}\n` : riskModelHistory(risk_models));
    });
}

function limit(text: string): number {
  const value = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 200) throw new InvalidArgumentError('It must be a whole number from 1 to 200.');
  return value;
}
