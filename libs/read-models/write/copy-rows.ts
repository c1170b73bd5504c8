import type { SqlExecutor } from '#platform';
import { listed, type Row } from './row-statements.js';
import { type TableDefinition, TABLES, type UpsertTable } from './tables.js';

/** sent to the server as one message each */
const CHUNK_CHARACTERS = 65_536;

/**
 * Inserts rows that are not there yet by COPY: the server parses and plans nothing, which halves its work.
 * Fails as a whole (23505) where one is there already.
 */
export async function copyRows(transaction: SqlExecutor, table: UpsertTable, rows: readonly Row[]): Promise<void> {
  const definition: TableDefinition = TABLES[table];
  const columns = Object.keys(definition.columns);
  const chunks: Buffer[] = [];
  let text = '';
  for (const row of rows) {
    text += `${columns.map((column) => field(row[column])).join('\t')}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    chunks.push(Buffer.from(text));
    text = '';
  }
  if (text !== '') chunks.push(Buffer.from(text));
  await transaction.copyIn?.(`COPY ${table} (${listed(columns)}) FROM STDIN`, chunks);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** The text format: https://www.postgresql.org/docs/current/sql-copy.html */
function field(value: Row[string]): string {
  if (value === null || value === undefined) return '\\N';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character) : text;
}
