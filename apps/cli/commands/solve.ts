import type { Command } from 'commander';
import { type Optimiser, type Solution, validateProblem } from '#engine';
import { CommandFailure, EXIT } from '../failure.js';
import { readJson, type Terminal } from '../terminal.js';

interface SolveOptions {
  readonly elastic: boolean;
  readonly json: boolean;
}

export function addSolveCommand(program: Command, terminal: Terminal, loadOptimiser: () => Promise<Optimiser>): void {
  program
    .command('solve')
    .description('solve an optimisation problem document (coordination-problem/1) and print the solution document')
    .argument('<file>', 'the problem as JSON; - for standard input')
    .option('--elastic', 'where the limits cannot hold together, answer with the least violation (RELAXED)', false)
    .option('--json', 'print the document on one line', false)
    .addHelpText(
      'after',
      `
An infeasible problem is an answer too: status INFEASIBLE, with the names of the limits that conflict, exit code 0.
A document that is not valid is refused with a JSON pointer to each fault, exit code 2.

Example:
  curl -s http://127.0.0.1:3000/coordination/ID/problem | coordination solve -`,
    )
    .action(async (file: string, options: SolveOptions) => {
      const checked = validateProblem(await readJson(file));
      if ('errors' in checked) {
        throw new CommandFailure(`${file} is not a valid problem document`, EXIT.invalid, checked.errors);
      }
      const optimise = await loadOptimiser();
      const started = performance.now();
      const solution = optimise(checked.problem, { elastic: options.elastic });
      const document = { ...solution, solve_ms: Math.round((performance.now() - started) * 1000) / 1000 };
      terminal.out(options.json ? `${JSON.stringify(document)}\n` : indented(document));
    });
}

/** One field a line, arrays of numbers kept on theirs: readable, and still JSON. */
function indented(document: Solution & { readonly solve_ms: number }): string {
  const fields = Object.entries(document).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${fields.join(',\n')}\n}\n`;
}
