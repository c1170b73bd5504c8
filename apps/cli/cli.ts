import { Command, CommanderError } from 'commander';
import { addArchiveCommand } from './commands/archive.js';
import { addCoordinateCommand } from './commands/coordinate.js';
import { addCompletionCommand } from './commands/completion.js';
import { addDemoCommand } from './commands/demo.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addExplainCommand } from './commands/explain.js';
import { addExportCommand } from './commands/export.js';
import { addImportCommand } from './commands/import.js';
import { addMigrateCommand } from './commands/migrate.js';
import { addPrepareCommand } from './commands/prepare.js';
import { addProjectionsCommand } from './commands/projections.js';
import { addRebuildCommand } from './commands/rebuild.js';
import { addReplayCommand } from './commands/replay.js';
import { addReportCommand } from './commands/report.js';
import { addRiskModelCommand } from './commands/risk-model.js';
import { addShredCommand } from './commands/shred.js';
import { addSolveCommand } from './commands/solve.js';
import { addVerifyCommand } from './commands/verify.js';
import { addWatchCommand } from './commands/watch.js';
import { coordinateOffline } from './coordinate-offline.js';
import { CommandFailure, EXIT, failureText } from './failure.js';
import { loadOptimiser } from './optimiser.js';
import type { Terminal } from './terminal.js';

const HELP = `
First steps:
  coordination demo                                           a made-up market, coordinated in this process
  coordination prepare ./data --as-of 2017-06-30 --out r.json a request from your own daily bars
  coordination coordinate r.json --offline                    its decisions, without a service
  coordination coordinate r.json                              the same by a running service, stored as events
  coordination import ./data                                  your own daily bars into a running service

Results go to standard output, everything else to standard error. Exit codes: 0 done; 1 it could not be done (a file that
is not there, a service that does not answer); 2 what was given is not valid (the command line, a file, a request, a
problem document), with a JSON pointer to each fault; 3 what was compared is not the same.`;

/** Runs one command line and gives the exit code. Never throws and never ends the process. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = new Command('coordination')
    .description('Turns many trading signals, a portfolio and its limits into one coordinated set of decisions.')
    .showHelpAfterError('(coordination --help explains)')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.note(text.trimEnd()) });
  addCoordinateCommand(program, terminal, coordinateOffline);
  addExplainCommand(program, terminal);
  addWatchCommand(program, terminal);
  addPrepareCommand(program, terminal);
  addDemoCommand(program, terminal);
  addSolveCommand(program, terminal, loadOptimiser);
  addReplayCommand(program, terminal);
  addReportCommand(program, terminal);
  addRiskModelCommand(program, terminal);
  addImportCommand(program, terminal);
  addVerifyCommand(program, terminal);
  addExportCommand(program, terminal);
  addArchiveCommand(program, terminal);
  addShredCommand(program, terminal);
  addProjectionsCommand(program, terminal);
  addRebuildCommand(program, terminal);
  addMigrateCommand(program, terminal);
  addDoctorCommand(program, terminal);
  addCompletionCommand(program, terminal);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has written its message; --help and --version come here too, with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.invalid;
    if (error instanceof CommandFailure) {
      terminal.note(failureText(error).trimEnd());
      return error.exitCode;
    }
    terminal.note(`coordination: this is a fault of the program: ${(error as Error).stack ?? String(error)}`);
    return EXIT.failed;
  }
}
