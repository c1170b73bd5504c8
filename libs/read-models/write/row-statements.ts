import { type TableDefinition, TABLES, type UpsertTable } from './tables.js';

type Value = string | number | bigint | boolean | object | null | undefined;

/** A row as the projections give it. */
export type Row = Readonly<Record<string, Value>>;

/** One statement for any number of rows: parameter k is the array of the k-th column, as text. */
export interface BulkStatement {
  readonly sql: string;
  readonly columns: readonly string[];
}

const quoted = (name: string): string => `"${name}"`;
const listed = (names: readonly string[], of: (name: string) => string): string => names.map(of).join(', ');

function input(columns: readonly string[]): string {
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  return `unnest(${arrays}) AS input(${listed(columns, quoted)})`;
}

export function upsertStatement(table: UpsertTable): BulkStatement {
  const definition: TableDefinition = TABLES[table];
  const columns = Object.keys(definition.columns);
  const values = columns.filter((column) => !definition.key.includes(column));
  return {
    columns,
    sql: `INSERT INTO ${table} (${listed(columns, quoted)})
      SELECT ${listed(columns, (name) => `${quoted(name)}::${definition.columns[name]}`)} FROM ${input(columns)}
      ON CONFLICT (${listed(definition.key, quoted)})
      DO UPDATE SET ${listed(values, (name) => `${quoted(name)} = excluded.${quoted(name)}`)}`,
  };
}

/** Changes the columns that the rows have. */
export function updateStatement(table: UpsertTable, row: Row): BulkStatement {
  const definition: TableDefinition = TABLES[table];
  const columns = Object.keys(definition.columns).filter((column) => column in row);
  const cast = (name: string): string => `input.${quoted(name)}::${definition.columns[name]}`;
  const values = columns.filter((column) => !definition.key.includes(column));
  return {
    columns,
    sql: `UPDATE ${table} AS held SET ${listed(values, (name) => `${quoted(name)} = ${cast(name)}`)}
      FROM ${input(columns)}
      WHERE ${definition.key.map((name) => `held.${quoted(name)} = ${cast(name)}`).join(' AND ')}`,
  };
}

/** Arrays of text, one a column, in the order of the statement. */
export function columnArrays(statement: BulkStatement, rows: readonly Row[]): readonly (string | null)[][] {
  return statement.columns.map((column) => rows.map((row) => asText(row[column])));
}

function asText(value: Value): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
