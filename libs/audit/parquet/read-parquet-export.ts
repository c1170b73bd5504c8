import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { readParquetMetadata, sqlText } from '#platform';
import type { AuditedEvent } from '../audited-event.js';
import { type ExportLine, parseExportLine } from '../export-format.js';
import { auditFault } from '../fault.js';
import { DUCKDB_OPTIONS, END_KEY, EVENT_COLUMNS, HEADER_KEY } from './event-columns.js';

/** @throws where there is no such file */
export async function isParquet(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const magic = Buffer.alloc(4);
    await handle.read(magic, 0, 4, 0);
    return magic.toString('latin1') === 'PAR1';
  } finally {
    await handle.close();
  }
}

/** The lines of an export as Parquet; ends with a fault that names the file where it cannot be read. */
export async function* readParquetExport(file: string): AsyncGenerator<ExportLine> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', DUCKDB_OPTIONS);
  const duckdb = await instance.connect();
  try {
    yield await frameLine(duckdb, file, HEADER_KEY);
    const answer = await duckdb.stream(`select ${COLUMN_NAMES} from read_parquet(${sqlText(file)})`);
    for (
      let chunk = await answer.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await answer.fetchChunk()
    ) {
      for (const row of chunk.getRows()) {
        const [event, note] = eventOfRow(row);
        yield { kind: 'event', event };
        if (note !== null) yield { kind: 'checkpoint', note };
      }
    }
    yield await frameLine(duckdb, file, END_KEY);
  } catch (error) {
    const message = `${basename(file)} cannot be read as a Parquet file of events: ${firstLine(error)}`;
    yield { kind: 'fault', fault: auditFault('FILE_DAMAGED', message) };
  } finally {
    duckdb.closeSync();
    instance.closeSync();
  }
}

export const COLUMN_NAMES = EVENT_COLUMNS.map(([name]) => name).join(', ');

/** @throws where a value is not of its column's kind, as in a file that something else wrote */
export function eventOfRow(row: readonly DuckDBValue[]): readonly [event: AuditedEvent, note: string | null] {
  const at = (index: number): DuckDBValue => row[index] ?? null;
  const event: AuditedEvent = {
    position: count(at(0), 'position'),
    tenant: text(at(1), 'tenant'),
    stream: text(at(2), 'stream'),
    version: count(at(3), 'version'),
    id: text(at(4), 'id'),
    type: text(at(5), 'type'),
    schemaVersion: count(at(6), 'schema_version'),
    recordedAt: text(at(7), 'recorded_at'),
    metadata: text(at(8), 'metadata'),
    data: text(at(9), 'data'),
    hash: bytes(at(10), 'hash'),
    logHash: bytes(at(11), 'log_hash'),
    previous: at(12) === null ? null : bytes(at(12), 'previous'),
  };
  return [event, at(13) === null ? null : text(at(13), 'checkpoint')];
}

async function frameLine(duckdb: DuckDBConnection, file: string, key: string): Promise<ExportLine> {
  const line = await readParquetMetadata(duckdb, file, key);
  if (line === null) throw new Error(`it has no ${key}`);
  const parsed = parseExportLine(line, 1);
  if (parsed.kind === (key === HEADER_KEY ? 'header' : 'end')) return parsed;
  throw new Error(`its ${key} is not as it was written`);
}

function text(value: DuckDBValue, column: string): string {
  if (typeof value !== 'string') throw otherKind(column);
  return value;
}

function count(value: DuckDBValue, column: string): number {
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : NaN;
  if (!Number.isSafeInteger(number)) throw otherKind(column);
  return number;
}

function bytes(value: DuckDBValue, column: string): Buffer {
  if (typeof value !== 'object' || value === null || !('bytes' in value)) throw otherKind(column);
  return Buffer.from(value.bytes);
}

const otherKind = (column: string): Error => new Error(`its column ${column} is of another kind`);

/** DuckDB explains itself at length. */
export const firstLine = (error: unknown): string => (error as Error).message.split('\n', 1)[0] ?? '';
