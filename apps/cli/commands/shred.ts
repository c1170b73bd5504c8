import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../failure.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface ShredOptions {
  readonly url: string;
  readonly portfolio?: string;
  readonly tenant?: string;
  readonly yes: boolean;
  readonly json: boolean;
}

export function addShredCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('shred'))
    .description('make what is personal in the events of a portfolio, or of a tenant, unreadable for good')
    .option('--portfolio <id>', 'who acted for it, and the metadata of its signals')
    .option('--tenant <name>', 'by itself: everything of the tenant, its portfolios included')
    .option('--yes', 'it cannot be undone, and you want it', false)
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      `
The keys are destroyed; the events stay, so that hashes, proofs, exports and replays hold as before. docs/audit.md says which
fields are personal. A service that names no tenants keeps everything under the tenant "default".
${API_KEY_HELP} It needs the scope operate.

Examples:
  coordination shred --portfolio main --yes
  coordination shred --tenant default --yes`,
    )
    .action(async ({ url, portfolio, tenant, yes, json }: ShredOptions) => {
      if (portfolio === undefined && tenant === undefined) {
        throw new CommandFailure('say whose data: --portfolio, --tenant, or both', EXIT.invalid);
      }
      const whose =
        portfolio === undefined ? `everything of the tenant "${tenant ?? ''}"` : `the portfolio "${portfolio}"`;
      if (!yes) throw new CommandFailure(`${whose} would be shredded for good: say --yes`, EXIT.invalid);
      const answer = await new ServiceClient(url).post<{ keys: number }>('personal-data/shred', {
        ...(portfolio === undefined ? {} : { portfolio_id: portfolio }),
        ...(tenant === undefined ? {} : { tenant }),
      });
      const done = answer.keys === 0 ? 'there was nothing to shred' : `${answer.keys} keys are destroyed`;
      terminal.out(json ? `${JSON.stringify(answer)}\n` : `${whose}: ${done}.\n`);
    });
}
