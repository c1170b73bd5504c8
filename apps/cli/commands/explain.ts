import type { Command } from 'commander';
import type { CoordinationResponse } from '#domain';
import { coordinationReport } from '../report/coordination-report.js';
import { API_KEY_HELP, ServiceClient } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface ExplainOptions {
  readonly url: string;
  readonly json: boolean;
}

export function addExplainCommand(program: Command, terminal: Terminal): void {
  program
    .command('explain')
    .description('a coordination as text: what was decided and refused, why, and what the limits cost')
    .argument('<id>', 'such as coord_20250621_001')
    .option('--url <url>', 'the query service', 'http://127.0.0.1:3000')
    .option('--json', 'print it as JSON', false)
    .addHelpText('after', `\n${API_KEY_HELP}\n\nExample:\n  coordination explain coord_20250621_001`)
    .action(async (id: string, { url, json }: ExplainOptions) => {
      const answer = await new ServiceClient(url).get<CoordinationResponse>(`coordination/${encodeURIComponent(id)}`);
      terminal.out(json ? `${JSON.stringify(answer)}\n` : coordinationReport(answer, null, { width: terminal.width }));
    });
}
