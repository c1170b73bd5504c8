import { type TableDefinition, TABLES, type UpsertTable } from './tables.js';

type Value = string | number | bigint | boolean | object | null | undefined;

/** A row as the projections give it. */
export type Row = Readonly<Record<string, Value>>;

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly (string | null)[];
}

const quoted = (name: string): string => `"${name}"`;

export const listed = (names: readonly string[], of: (name: string) => string = quoted): string =>
  names.map(of).join(', ');

/**
 * Rows as one JSON parameter: for many small rows faster than arrays of columns (a quarter in the embedded database, half
 * of the client's time on a server), because nothing is escaped and parsed twice.
 */
export function recordset(columns: Readonly<Record<string, string>>): string {
  return `json_to_recordset($1::json) AS input(${listed(Object.keys(columns), (name) => `"${name}" ${columns[name]}`)})`;
}

export const recordsetParameter = (rows: readonly Row[]): string => JSON.stringify(rows.map(withTextPositions));

/** JSON has no 64-bit integers; SQL reads them from text as well. */
function withTextPositions(row: Row): Row {
  return typeof row['position'] === 'bigint' ? { ...row, position: row['position'].toString() } : row;
}

export function upsertStatement(table: UpsertTable, rows: readonly Row[]): Statement {
  const definition: TableDefinition = TABLES[table];
  const columns = Object.keys(definition.columns);
  const values = columns.filter((column) => !definition.key.includes(column));
  const onConflict = `ON CONFLICT (${listed(definition.key)})
    DO UPDATE SET ${listed(values, (name) => `${quoted(name)} = excluded.${quoted(name)}`)}${newerOnly(definition)}`;
  const into = `INSERT INTO ${table} AS held (${listed(columns)})`;
  if (definition.rows === 'FEW_LARGE') {
    const parameters = rows.flatMap((row) => columns.map((column) => asText(row[column])));
    const places = rows.map(
      (_, row) => `(${columns.map((__, column) => `$${row * columns.length + column + 1}`).join(', ')})`,
    );
    return { sql: `${into} VALUES ${places.join(', ')} ${onConflict}`, parameters };
  }
  const sql = `${into} SELECT ${listed(columns)} FROM ${recordset(definition.columns)} ${onConflict}`;
  return { sql, parameters: [recordsetParameter(rows)] };
}

/** Lanes are not folded in the order of the log: where rows know their position, the greater one stays. */
const newerOnly = ({ columns }: TableDefinition): string =>
  'position' in columns ? ' WHERE held.position <= excluded.position' : '';

/** Changes the columns that the rows have. */
export function updateStatement(table: UpsertTable, rows: readonly Row[]): Statement {
  const definition: TableDefinition = TABLES[table];
  const given = Object.entries(definition.columns).filter(([column]) => rows[0] !== undefined && column in rows[0]);
  const values = given.map(([column]) => column).filter((column) => !definition.key.includes(column));
  const sql = `UPDATE ${table} AS held
    SET ${listed(values, (name) => `${quoted(name)} = input.${quoted(name)}`)}
    FROM ${recordset(Object.fromEntries(given))}
    WHERE ${definition.key.map((name) => `held.${quoted(name)} = input.${quoted(name)}`).join(' AND ')}`;
  return { sql, parameters: [recordsetParameter(rows)] };
}

function asText(value: Value): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
