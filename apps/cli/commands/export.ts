import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { exportText, verifyExport } from '#audit';
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
  readonly out: string;
}

type Chunks = AsyncIterable<string | Uint8Array>;

export function addExportCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('export'))
    .description('write the log, or a range of it, with its checkpoints and proofs to a file (NDJSON)')
    .requiredOption('--out <file>', 'where to write it; - for standard output, unchecked')
    .option('--from <position>', 'the first event', position)
    .option('--to <position>', 'the last event; default the newest', position)
    .option('--database <url>', 'read the database of the events instead of asking a service')
    .addHelpText(
      'after',
      `
The file gets its name once it is complete and was checked: where the log is not what it was, the command ends with code 3
and leaves no file.
${API_KEY_HELP} It needs the scope audit.

Examples:
  coordination export --out log.ndjson
  coordination export --from 1000 --to 2000 --out part.ndjson`,
    )
    .action(async (options: ExportOptions) => {
      await withExport(options, (chunks) =>
        options.out === '-' ? print(chunks, terminal) : write(chunks, options.out, terminal),
      );
    });
}

async function withExport<T>(options: ExportOptions, use: (chunks: Chunks) => Promise<T>): Promise<T> {
  const { url, database, from, to } = options;
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  if (database !== undefined) return withReadOnlyDatabase(database, (db) => use(exportText(db, range)));
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

async function write(chunks: Chunks, out: string, terminal: Terminal): Promise<void> {
  const draft = `${out}.part`;
  try {
    await pipeline(chunks, createWriteStream(draft));
    const progress = startProgress(terminal, 'check', 'events');
    const report = await verifyExport(createReadStream(draft), {
      keys: null,
      onProgress: (at, from, to) => progress.update(at - from + 1, to - from + 1),
    }).finally(() => progress.stop());
    if (report.fault !== null) throw new CommandFailure(auditReportText(report).trimEnd(), EXIT.different);
    await rename(draft, out);
    terminal.note(`${out}: events ${report.from} to ${report.to}`);
  } catch (error) {
    await rm(draft, { force: true });
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`the export broke off: ${(error as Error).message}`);
  }
}
