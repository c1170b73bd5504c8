import { type Command, InvalidArgumentError } from 'commander';
import { archiveEvents, type ArchiveBound, ArchiveRefusedError } from '#audit';
import { readPublicKeys, withDatabase } from '../audit-source.js';
import { CommandFailure, EXIT } from '../failure.js';
import { startProgress } from '../progress.js';
import type { Terminal } from '../terminal.js';

interface ArchiveCommandOptions {
  readonly before: ArchiveBound;
  readonly to: string;
  readonly database?: string;
  readonly publicKey: readonly string[];
  readonly fileEvents?: number;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addArchiveCommand(program: Command, terminal: Terminal): void {
  program
    .command('archive')
    .description('move old events from the database to Parquet files, which everything goes on reading')
    .requiredOption(
      '--before <time or position>',
      'events recorded before it (RFC 3339), or before this position',
      bound,
    )
    .requiredOption(
      '--to <folder>',
      'where the files are kept; the processes of the service have to see them there too',
    )
    .option('--database <url>', 'as the owner of the tables; default MIGRATION_DATABASE_URL of the environment')
    .option('--public-key <key>', 'the key that signs checkpoints, or a file of keys; repeatable', collect, [])
    .option('--file-events <n>', 'events of one file at most; default 20000', count)
    .addHelpText(
      'after',
      `
Only events that a signed checkpoint covers are moved. Each file is written, on the disk, read back and verified before the
database lets go of what is in it; hashes, streams, versions and positions stay there. A file verifies by itself
(coordination verify FILE) and has to be kept: without it, reading its events is an error that names it.

Examples:
  coordination archive --before 2025-01-01T00:00:00Z --to /var/lib/coordination/archive --database postgres://owner:…@host/coordination
  coordination archive --before 1000000 --to ./archive`,
    )
    .action((options: ArchiveCommandOptions) => archive(options, terminal));
}

async function archive(options: ArchiveCommandOptions, terminal: Terminal): Promise<void> {
  const database = options.database ?? process.env['MIGRATION_DATABASE_URL'];
  if (database === undefined || database === '') {
    throw new CommandFailure('give the database of the events: --database, or MIGRATION_DATABASE_URL', EXIT.invalid);
  }
  const keys = await readPublicKeys(options.publicKey);
  const progress = startProgress(terminal, 'archive', 'events');
  const files = await withDatabase(database, { readOnly: false, poolSize: 2 }, (owner) =>
    archiveEvents(owner, {
      before: options.before,
      folder: options.to,
      keys,
      ...(options.fileEvents === undefined ? {} : { eventsMax: options.fileEvents }),
      onFile: (file, to) => progress.update(file.to, to),
    }),
  )
    .catch((error: unknown) => {
      throw error instanceof ArchiveRefusedError ? new CommandFailure(error.message) : error;
    })
    .finally(() => progress.stop());
  for (const file of files) terminal.out(`${file.file}: events ${file.from} to ${file.to}, sha256 ${file.sha256}\n`);
  if (files.length === 0)
    terminal.note('nothing to archive: no event before it is covered by a checkpoint and not archived');
}

function bound(text: string): ArchiveBound {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return { beforePosition: Number(text) };
  const time = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2}))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError(
      'It must be a position, a day such as 2025-01-01, or a time such as 2025-01-01T00:00:00Z.',
    );
  }
  return { beforeTime: new Date(time).toISOString() };
}

function count(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
