import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import {
  type AuditReport,
  EventArchive,
  exportLog,
  isParquet,
  KeyFormatError,
  proveCoordination,
  verifyCoordinationProof,
  verifyExport,
  verifyLines,
  type VerifyOptions,
} from '#audit';
import { readCheckpointFiles, readPublicKeys, withReadOnlyDatabase } from '../audit-source.js';
import { CommandFailure, EXIT } from '../failure.js';
import { startProgress } from '../progress.js';
import { auditReportText, proofReportText } from '../report/audit-report.js';
import { API_KEY_HELP, ServiceClient, withServiceUrl } from '../service-client.js';
import { readJson, type Terminal } from '../terminal.js';
import { exportOfService, FORMATS } from './export.js';

interface VerifyCommandOptions {
  readonly url: string;
  readonly database?: string;
  readonly archiveDir?: string;
  readonly publicKey: readonly string[];
  readonly checkpoints: readonly string[];
  readonly coordination?: string;
  readonly proof?: string;
  readonly json: boolean;
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addVerifyCommand(program: Command, terminal: Terminal): void {
  withServiceUrl(program.command('verify'))
    .description('check that the log is what it was: every event, its place, and what was signed of it')
    .argument(
      '[file]',
      'an export or an archived file, NDJSON or Parquet, checked without any service; without it the log of a service or a database',
    )
    .option('--database <url>', 'read the database of the events, which is not changed, instead of asking a service')
    .option('--archive-dir <folder>', 'with --database: where archived events are, if not where they were written')
    .option('--public-key <key>', 'the key that signs checkpoints, or a file of keys; repeatable', collect, [])
    .option('--checkpoints <file>', 'signed checkpoints kept elsewhere (checkpoints.ndjson); repeatable', collect, [])
    .option('--coordination <id>', 'print the proof that this coordination is in the signed log')
    .option('--proof <file>', 'check such a proof, without any service')
    .option('--json', 'print the report as JSON', false)
    .addHelpText(
      'after',
      `
Exit code 0: intact. 3: an event was changed, removed, added or put elsewhere, or a document is damaged or signed by
another key; the first bad event is named. Without --public-key the key comes with the data and proves less; docs/audit.md
says what each check can find.
${API_KEY_HELP} It needs the scope audit.

Examples:
  coordination verify --public-key data/audit/public-key.txt --checkpoints data/audit/checkpoints.ndjson
  coordination verify log.ndjson --public-key public-key.txt
  coordination verify events-000000000001-000000020000.parquet
  coordination verify --coordination coord_20250621_001 > proof.json
  coordination verify --proof proof.json --public-key public-key.txt`,
    )
    .action(async (file: string | undefined, options: VerifyCommandOptions) => {
      await explained(() =>
        options.coordination === undefined && options.proof === undefined
          ? verifyLog(file, options, terminal)
          : verifyProof(options, terminal),
      );
    });
}

async function explained(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof KeyFormatError) throw new CommandFailure(error.message, EXIT.different);
    throw error;
  }
}

async function verifyLog(file: string | undefined, options: VerifyCommandOptions, terminal: Terminal): Promise<void> {
  const progress = startProgress(terminal, 'verify', 'events');
  const how: VerifyOptions = {
    keys: await readPublicKeys(options.publicKey),
    checkpoints: await readCheckpointFiles(options.checkpoints, terminal),
    onProgress: (at, from, to) => progress.update(at - from + 1, to - from + 1),
  };
  const report = await check(file, options, how).finally(() => progress.stop());
  terminal.out(options.json ? `${JSON.stringify(report)}\n` : auditReportText(report));
  if (report.fault !== null) {
    throw new CommandFailure(`${file ?? 'the log'} is not what it was`, EXIT.different);
  }
}

async function check(
  file: string | undefined,
  { url, database, archiveDir }: VerifyCommandOptions,
  how: VerifyOptions,
): Promise<AuditReport> {
  if (file !== undefined) {
    if (!existsSync(file)) throw new CommandFailure(`${file} is not there`);
    return FORMATS[(await isParquet(file)) ? 'parquet' : 'ndjson'].verify(file, how);
  }
  if (database !== undefined) {
    return withReadOnlyDatabase(database, (db) =>
      verifyLines(exportLog(db, {}, new EventArchive(db, archiveDir ?? null)), how),
    );
  }
  return verifyExport(await exportOfService(url), how);
}

async function verifyProof(options: VerifyCommandOptions, terminal: Terminal): Promise<void> {
  const document = options.proof === undefined ? await fetchProof(options) : await readJson(options.proof);
  const report = verifyCoordinationProof(document, await readPublicKeys(options.publicKey));
  const text = proofReportText(report);
  if (options.proof === undefined) {
    terminal.out(`${JSON.stringify(document)}\n`);
    terminal.note(text.trimEnd());
  } else {
    terminal.out(options.json ? `${JSON.stringify({ ...report, checkpoint: report.checkpoint?.note })}\n` : text);
  }
  if (report.fault !== null) throw new CommandFailure('the coordination is not proved', EXIT.different);
}

async function fetchProof({ url, database, archiveDir, coordination = '' }: VerifyCommandOptions): Promise<object> {
  if (database === undefined) {
    return new ServiceClient(url).get<object>(`audit/proof/${encodeURIComponent(coordination)}`);
  }
  const proof = await withReadOnlyDatabase(database, (db) =>
    proveCoordination(db, coordination, new EventArchive(db, archiveDir ?? null)),
  );
  if (proof === 'UNKNOWN') throw new CommandFailure(`there is no coordination "${coordination}"`, EXIT.invalid);
  if (proof === 'UNSIGNED') throw new CommandFailure(`no checkpoint covers "${coordination}" yet: try again later`);
  if ('code' in proof) throw new CommandFailure(proof.message, EXIT.different);
  return proof;
}
