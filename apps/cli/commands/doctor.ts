import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Finding } from '../doctor/finding.js';
import { CommandFailure, EXIT } from '../failure.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly url: readonly string[];
  readonly json: boolean;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addDoctorCommand(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'look at everything the processes need: settings, servers, schemas, rights, clocks, lag; say what to do',
    )
    .option('--url <url>', 'a running process to ask for its health; repeatable', collect, [])
    .option('--json', 'print the findings as JSON', false)
    .addHelpText(
      'after',
      `
It reads the same environment as the processes (docs/reference/configuration.md), and changes nothing. Run it where they
run. Exit code 0: they can work, warnings or not; 1: something is in their way.

Examples:
  coordination doctor --url http://127.0.0.1:3000
  docker compose exec command node dist/apps/cli/main.js doctor`,
    )
    .action(async ({ url, json }: Options) => {
      for (const each of url) {
        if (!URL.canParse(each))
          throw new CommandFailure(`"${each}" is not a URL such as http://127.0.0.1:3000`, EXIT.invalid);
      }
      // loaded where it is needed: most commands have nothing to do with servers
      const { examine } = await import('../doctor/examine.js');
      const findings = await examine(process.env, url);
      terminal.out(json ? `${JSON.stringify({ findings })}\n` : findingsText(findings, terminal.width));
      const failed = findings.filter(({ status }) => status === 'FAIL').length;
      if (failed > 0) throw new CommandFailure(`${failed} of ${findings.length} findings are in the way`);
    });
}

function findingsText(findings: readonly Finding[], width: number): string {
  const text = Math.max(30, Math.min(width, 160) - 32);
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: ['', 'of', 'found'],
    colWidths: [8, 16, text],
    wordWrap: true,
  });
  for (const { area, status, finding, advice } of findings) {
    table.push([status.toLowerCase(), area, advice === undefined ? finding : `${finding}\n-> ${advice}`]);
  }
  return `${table.toString()}\n`;
}
