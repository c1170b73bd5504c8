import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import {
  type AuditReport,
  EventArchive,
  exportLines,
  exportText,
  readParquetExport,
  verifyExport,
  verifyLines,
  type VerifyOptions,
  writeParquetExport,
} from '#audit';
import { position, withReadOnlyDatabase } from '../audit-source.js';
import { CommandFailure, EXIT } from '../failure.js';
import { startProgress } from '../progress.js';
import { auditReportText } from '../report/audit-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface ExportOptions {
  readonly url: string;
  readonly database?: string;
  readonly from?: number;
  readonly to?: number;
  readonly archiveDir?: string;
  readonly format: 'ndjson' | 'parquet';
  readonly out: string;
}

type Chunks = AsyncIterable<string | Uint8Array>;

export function addExportCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('export'))
    .description('write the log, or a range of it, with its checkpoints and proofs to a file (NDJSON or Parquet)')
    .requiredOption('--out <file>', 'where to write it; - for standard output, unchecked')
    .addOption(new Option('--format <format>', 'of the file').choices(['ndjson', 'parquet']).default('ndjson'))
    .option('--from <position>', 'the first event', position)
    .option('--to <position>', 'the last event; default the newest', position)
    .option('--database <url>', 'read the database of the events instead of asking a service')
    .option('--archive-dir <folder>', 'with --database: where archived events are, if not where they were written')
    .addHelpText(
      'after',
      `
The file gets its name once it is complete and was checked: where the log is not what it was, the command ends with code 3
and leaves no file.
${API_KEY_HELP} It needs the scope audit.

Examples:
  coordination export --out log.ndjson
  coordination export --format parquet --out log.parquet
  coordination export --from 1000 --to 2000 --out part.ndjson`,
    )
    .action(async (options: ExportOptions) => {
      if (options.format === 'parquet' && options.out === '-') {
        throw new CommandFailure('--format parquet needs the name of a file', EXIT.invalid);
      }
      await withExport(options, (chunks) =>
        options.out === '-' ? print(chunks, terminal) : write(chunks, options, terminal),
      );
    });
}

async function withExport<T>(options: ExportOptions, use: (chunks: Chunks) => Promise<T>): Promise<T> {
  const { url, database, archiveDir, from, to } = options;
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  if (database !== undefined) {
    return withReadOnlyDatabase(database, (db) => use(exportText(db, range, new EventArchive(db, archiveDir ?? null))));
  }
  return use(await exportOfService(url, range));
}

/** The export that a service streams. */
export async function exportOfService(url: string, range: Readonly<Record<string, number>> = {}): Promise<Chunks> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(range)) parameters.set(name, String(value));
  const answer = await new ServiceClient(url).request(`audit/export?${parameters.toString()}`, {
    headers: { accept: 'application/x-ndjson' },
  });
  return whole(answer.body ?? []);
}

async function* whole(chunks: Chunks | Iterable<Uint8Array>): AsyncGenerator<string | Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw new CommandFailure(`the service broke the export off: ${(error as Error).message}`);
  }
}

async function print(chunks: Chunks, terminal: Terminal): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    terminal.out(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
  }
}

async function write(chunks: Chunks, { out, format }: ExportOptions, terminal: Terminal): Promise<void> {
  const draft = `${out}.part`;
  try {
    await FORMATS[format].write(chunks, draft);
    const progress = startProgress(terminal, 'check', 'events');
    const report = await FORMATS[format]
      .verify(draft, { keys: null, onProgress: (at, from, to) => progress.update(at - from + 1, to - from + 1) })
      .finally(() => progress.stop());
    if (report.fault !== null) throw new CommandFailure(auditReportText(report).trimEnd(), EXIT.different);
    await rename(draft, out);
    terminal.note(`${out}: events ${report.from} to ${report.to}`);
  } catch (error) {
    await rm(draft, { force: true });
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`the export broke off: ${(error as Error).message}`);
  }
}

interface Format {
  write(chunks: Chunks, file: string): Promise<void>;
  verify(file: string, options: VerifyOptions): Promise<AuditReport>;
}

/** The forms of an export as a file. */
export const FORMATS: Readonly<Record<ExportOptions['format'], Format>> = {
  ndjson: {
    write: (chunks, file) => pipeline(chunks, createWriteStream(file)),
    verify: (file, options) => verifyExport(createReadStream(file), options),
  },
  parquet: {
    write: async (chunks, file) => {
      const fault = await writeParquetExport(exportLines(chunks), file);
      if (fault === null) return;
      const place = fault.position === null ? '' : ` at position ${fault.position}`;
      throw new CommandFailure(`NOT INTACT${place}: ${fault.message} (${fault.code})`, EXIT.different);
    },
    verify: (file, options) => verifyLines(readParquetExport(file), options),
  },
};
