import type { Command } from 'commander';
import { CommandFailure, EXIT } from '../failure.js';
import type { Terminal } from '../terminal.js';

interface Options {
  readonly check: boolean;
  readonly json: boolean;
}

type MigrationSet = 'command' | 'market-data' | 'query';

export function addMigrateCommand(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the databases forward: the processes do it when they start, a job may do it before')
    .option('--check', 'only tell what is left to do; exit code 3 where something is', false)
    .option('--json', 'print the report as JSON', false)
    .addHelpText(
      'after',
      `
The environment says where the databases are: DATABASE_URL (MIGRATION_DATABASE_URL for the owner of its tables),
MARKET_DATA_DATABASE_URL and READ_DATABASE_URL, which are that of DATABASE_URL where they are not set. Migrations only go
forward, each in a transaction; any number of processes may run them at once.`,
    )
    .action(async ({ check, json }: Options) => {
      const report: Record<
        string,
        { readonly version: number; readonly applied?: readonly string[]; readonly pending?: readonly string[] }
      > = {};
      for (const [set, url] of databases(process.env)) report[set] = await bring(set, url, check);
      terminal.out(json ? `${JSON.stringify(report)}\n` : Object.entries(report).map(line).join(''));
      if (Object.values(report).some(({ pending = [] }) => pending.length > 0)) {
        throw new CommandFailure('the databases are not what this program needs', EXIT.different);
      }
    });
}

function databases(
  environment: Readonly<Record<string, string | undefined>>,
): readonly (readonly [MigrationSet, string])[] {
  const text = (name: string): string => environment[name]?.trim() ?? '';
  const events = text('MIGRATION_DATABASE_URL') || text('DATABASE_URL');
  if (events === '') throw new CommandFailure('DATABASE_URL is not set: the Postgres of the event store', EXIT.invalid);
  return [
    ['command', events],
    ['market-data', text('MARKET_DATA_DATABASE_URL') || events],
    ['query', text('READ_DATABASE_URL') || events],
  ];
}

async function bring(set: MigrationSet, url: string, check: boolean) {
  const { createPostgresDatabase, migrate, MIGRATION_LOCK, migrationsFolder, migrationStatus, OperatorError } =
    await import('#platform');
  try {
    const database = await createPostgresDatabase({
      url,
      poolSize: 1,
      readOnly: check,
      applicationName: 'coordination migrate',
    });
    try {
      if (check) return await migrationStatus(database, migrationsFolder(set));
      return await migrate(database, migrationsFolder(set), { lockKey: MIGRATION_LOCK });
    } finally {
      await database.close();
    }
  } catch (error) {
    throw error instanceof OperatorError ? new CommandFailure(`${set}: ${error.message}`) : error;
  }
}

function line([set, { version, applied = [], pending = [] }]: [
  string,
  { readonly version: number; readonly applied?: readonly string[]; readonly pending?: readonly string[] },
]): string {
  const done = applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`;
  return `${set}: at ${version}; ${pending.length === 0 ? done : `not applied: ${pending.join(', ')}`}\n`;
}
