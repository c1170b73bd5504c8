import { mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { writeParquet } from '#platform';
import type { AuditedEvent } from '../audited-event.js';
import { type ExportEnd, type ExportHeader, type ExportLine, formatExportLine } from '../export-format.js';
import { type AuditFault, auditFault } from '../fault.js';
import { DUCKDB_OPTIONS, END_KEY, EVENT_COLUMNS, HEADER_KEY } from './event-columns.js';

/** rows of a row group: events may be long, and single ones are looked up in archives */
const ROW_GROUP_ROWS = 2_048;
const FLUSH_ROWS = 500;

/**
 * Writes the lines of an export as a Parquet file, whole and on the disk before it gets its name. Nothing is checked: verify
 * what was written (`readParquetExport`).
 *
 * @returns the fault that the lines ended with, in place of which there is no file; null where the file is written
 */
export async function writeParquetExport(lines: AsyncIterable<ExportLine>, file: string): Promise<AuditFault | null> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  // a database on the disk: a whole log need not fit into memory
  const scratch = await mkdtemp(join(dirname(file), `${basename(file)}.unfinished-`));
  try {
    const instance = await DuckDBInstance.create(join(scratch, 'rows.duckdb'), DUCKDB_OPTIONS);
    const duckdb = await instance.connect();
    try {
      const frame = await load(duckdb, lines);
      if ('code' in frame) return frame;
      await writeParquet(duckdb, 'select * from events order by position', file, {
        metadata: { [HEADER_KEY]: frame.header, [END_KEY]: frame.end },
        rowGroupRows: ROW_GROUP_ROWS,
      });
      return null;
    } finally {
      duckdb.closeSync();
      instance.closeSync();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Frame {
  readonly header: string;
  readonly end: string;
}

async function load(duckdb: DuckDBConnection, lines: AsyncIterable<ExportLine>): Promise<Frame | AuditFault> {
  await duckdb.run(`create table events (${EVENT_COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')})`);
  const appender = await duckdb.createAppender('events');
  try {
    return await append(appender, lines);
  } finally {
    appender.closeSync();
  }
}

async function append(appender: DuckDBAppender, lines: AsyncIterable<ExportLine>): Promise<Frame | AuditFault> {
  let header: ExportHeader | null = null;
  let end: ExportEnd | null = null;
  let rows = 0;
  // written once it is known whether a checkpoint follows
  let held: AuditedEvent | null = null;
  const release = (note: string | null): void => {
    if (held === null) return;
    appendEvent(appender, held, note);
    held = null;
    if (++rows % FLUSH_ROWS === 0) appender.flushSync();
  };
  for await (const line of lines) {
    switch (line.kind) {
      case 'header':
        header = line.header;
        break;
      case 'event':
        release(null);
        held = line.event;
        break;
      case 'checkpoint':
        if (held === null) throw new Error('Two checkpoints count up to one event, or one counts up to none.');
        release(line.note);
        break;
      case 'end':
        end = line.end;
        break;
      case 'fault':
        return line.fault;
    }
  }
  release(null);
  if (header === null || end === null) return auditFault('DOCUMENT_CUT', 'The export ended before its end.');
  return { header: textOf({ kind: 'header', header }), end: textOf({ kind: 'end', end }) };
}

const textOf = (line: ExportLine): string => (formatExportLine(line) ?? '').trimEnd();

function appendEvent(appender: DuckDBAppender, event: AuditedEvent, note: string | null): void {
  appender.appendBigInt(BigInt(event.position));
  appender.appendVarchar(event.tenant);
  appender.appendVarchar(event.stream);
  appender.appendInteger(event.version);
  appender.appendVarchar(event.id);
  appender.appendVarchar(event.type);
  appender.appendInteger(event.schemaVersion);
  appender.appendVarchar(event.recordedAt);
  appender.appendVarchar(event.metadata);
  appender.appendVarchar(event.data);
  appender.appendBlob(event.hash);
  appender.appendBlob(event.logHash);
  if (event.previous === null) appender.appendNull();
  else appender.appendBlob(event.previous);
  if (note === null) appender.appendNull();
  else appender.appendVarchar(note);
  appender.endRow();
}
