import { Readable } from 'node:stream';
import type { Command } from 'commander';
import type { IngestReport } from '#market-data';
import { CommandFailure, EXIT } from '../failure.js';
import { type ImportSource, importSource } from '../import-source.js';
import { startProgress } from '../progress.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import type { Terminal } from '../terminal.js';

interface ImportOptions {
  readonly url: string;
  readonly createInstruments: boolean;
  readonly ignore?: string;
  readonly json: boolean;
}

/** of the rejected rows, on the terminal; all that the service lists are in --json */
const REJECTED_SHOWN_MAX = 20;

export function addImportCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('import'))
    .description('send daily bars to the service: a file, or a folder of closes and volumes')
    .argument('<path>', 'a CSV or NDJSON file of one bar a line, a wide CSV file, or a folder; each may be .gz')
    .option('--create-instruments', 'make instruments that the service does not know', false)
    .option('--ignore <columns>', 'columns to pass over, such as open,high,low')
    .option('--json', 'print the answer as JSON', false)
    .addHelpText(
      'after',
      `
One bar a line has the columns or fields instrument_id, day, close and volume. A wide file has a header "date,ID,ID,..." and
a row a day. A folder has such files as prices.csv and volumes.csv, and may have sectors.csv with ticker, name and sector,
which replace what is known of these instruments; instruments of wide files are created.

Sending the same again changes nothing, other closes replace those that are stored: an import that was broken off is run
again. Rows that are no bars are named by line, and the exit code is 2; the others are stored.
${API_KEY_HELP}

Examples:
  coordination import ./data
  coordination import bars.csv.gz --ignore open,high,low --json`,
    )
    .action(async (path: string, options: ImportOptions) => {
      const source = await importSource(path);
      const service = new ServiceClient(options.url);
      if (source.instruments !== null) await sendInstruments(service, source.instruments);
      const begun = performance.now();
      const report = await sendBars(service, source, options, terminal);
      const seconds = (performance.now() - begun) / 1000;
      terminal.out(options.json ? `${JSON.stringify(report)}\n` : `${reportText(source.name, report, seconds)}\n`);
      if (report.rejected_total > 0) throw rejection(report);
    });
}

async function sendInstruments(service: ServiceClient, instruments: ImportSource['instruments']): Promise<void> {
  await service.request('market-data/instruments', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(instruments),
  });
}

async function sendBars(
  service: ServiceClient,
  source: ImportSource,
  { createInstruments, ignore }: ImportOptions,
  terminal: Terminal,
): Promise<IngestReport> {
  const query = new URLSearchParams({ create_instruments: String(createInstruments || source.complete) });
  if (ignore !== undefined) query.set('ignore', ignore);
  const progress = startProgress(terminal, 'import', source.unit);
  const body = Readable.from(source.open((done) => progress.update(done, source.total)));
  let unreadable: Error | undefined;
  body.on('error', (error) => (unreadable = error));
  try {
    const response = await service.request(`market-data/bars?${query.toString()}`, {
      method: 'POST',
      headers: { 'content-type': source.mediaType },
      body,
      duplex: 'half',
    });
    return (await response.json()) as IngestReport;
  } catch (error) {
    if (unreadable === undefined) throw error;
    throw new CommandFailure(
      `${source.name} cannot be read to its end: ${unreadable.message}; rows before may be stored`,
    );
  } finally {
    progress.stop();
  }
}

function reportText(name: string, report: IngestReport, seconds: number): string {
  const { rows, inserted, corrected, unchanged, duplicates, rejected_total, instruments_created } = report;
  const days = report.first_day === null ? '' : ` of ${report.first_day} to ${report.last_day}`;
  return [
    `${name}: ${rows} rows${days} in ${seconds.toFixed(1)} s (${Math.round(rows / seconds)} rows/s)`,
    `  ${inserted} inserted, ${corrected} corrected, ${unchanged} unchanged, ${duplicates} repeated in the file, ${rejected_total} rejected`,
    ...(instruments_created > 0 ? [`  ${instruments_created} instruments created`] : []),
    ...report.warnings.map((warning) => `  ${warning}`),
  ].join('\n');
}

function rejection({ rows, rejected_total, rejected }: IngestReport): CommandFailure {
  const shown = rejected.slice(0, REJECTED_SHOWN_MAX).map(({ line, pointer, message, accepted }) => ({
    pointer: `line ${line}${pointer}`,
    message: accepted === undefined ? message : `${message}; accepted is ${accepted}`,
  }));
  const more = rejected_total > shown.length ? `; the first ${shown.length}` : '';
  return new CommandFailure(`${rejected_total} of ${rows} rows are no bars${more}:`, EXIT.invalid, shown);
}
