import { type Command, InvalidArgumentError } from 'commander';
import { archiveEvents, type ArchiveBound, ArchiveRefusedError } from '#audit';
import { readPublicKeys, withDatabase } from '../audit-source.js';
import { CommandFailure, EXIT } from '../failure.js';
import { type Progress, startProgress } from '../progress.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface ArchiveCommandOptions {
  readonly url: string;
  readonly before: ArchiveBound;
  readonly to?: string;
  readonly database?: string;
  readonly publicKey: readonly string[];
  readonly fileEvents?: number;
}

/** The part of a file that is told. */
interface Archived {
  readonly file: string;
  readonly from: number | string;
  readonly to: number | string;
  readonly sha256: string;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addArchiveCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('archive'))
    .description('move old events from the database to Parquet files, which everything goes on reading')
    .requiredOption(
      '--before <time or position>',
      'events recorded before it (RFC 3339), or before this position',
      bound,
    )
    .option('--database <url>', 'do it here, as the owner of the tables, instead of asking a service')
    .option('--to <folder>', 'with --database: where the files are kept; the service has to see them there too')
    .option('--public-key <key>', 'with --database: that signs checkpoints, or a file of keys; repeatable', collect, [])
    .option('--file-events <n>', 'events of one file at most; default 20000', count)
    .addHelpText(
      'after',
      `
Only events that a signed checkpoint covers are moved. Each file is written, on the disk, read back and verified before the
database lets go of what is in it; hashes, streams, versions and positions stay there. A file verifies by itself
(coordination verify FILE) and has to be kept: without it, reading its events is an error that names it.
A service keeps the files in its EVENT_ARCHIVE_DIR; "npm start" in the folder archive of its data.
${API_KEY_HELP} It needs the scope operate.

Examples:
  coordination archive --before 2025-01-01
  coordination archive --before 1000000 --to /var/lib/coordination/archive --database postgres://owner:…@host/coordination`,
    )
    .action(async (options: ArchiveCommandOptions) => {
      const { database, to } = options;
      if ((database === undefined) !== (to === undefined)) {
        throw new CommandFailure('--database and --to go together; a service knows its own folder', EXIT.invalid);
      }
      const progress = startProgress(terminal, 'archive', 'events');
      const files = await (
        database === undefined || to === undefined ? byService(options) : byOwner(database, to, options, progress)
      ).finally(() => progress.stop());
      for (const { file, from, to: end, sha256 } of files) {
        terminal.out(`${file}: events ${from} to ${end}, sha256 ${sha256}\n`);
      }
      if (files.length > 0) return;
      terminal.note('nothing to archive: no event before it is covered by a checkpoint and not archived');
    });
}

async function byOwner(
  database: string,
  folder: string,
  { before, publicKey, fileEvents }: ArchiveCommandOptions,
  progress: Progress,
): Promise<readonly Archived[]> {
  const keys = await readPublicKeys(publicKey);
  const archiving = withDatabase(database, { readOnly: false, poolSize: 2 }, (owner) =>
    archiveEvents(owner, {
      before,
      folder,
      keys,
      ...(fileEvents === undefined ? {} : { eventsMax: fileEvents }),
      onFile: (file, to) => progress.update(file.to, to),
    }),
  );
  return archiving.catch((error: unknown) => {
    throw error instanceof ArchiveRefusedError ? new CommandFailure(error.message) : error;
  });
}

/** One file a request, so that none takes long. */
async function byService({ url, before, fileEvents }: ArchiveCommandOptions): Promise<readonly Archived[]> {
  const service = new ServiceClient(url);
  const request = {
    ...('beforeTime' in before ? { before_time: before.beforeTime } : { before_position: before.beforePosition }),
    ...(fileEvents === undefined ? {} : { file_events: fileEvents }),
  };
  const files: Archived[] = [];
  for (;;) {
    const { archive } = await service.post<{ archive: Archived | null }>('audit/archives', request);
    if (archive === null) return files;
    files.push(archive);
  }
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
