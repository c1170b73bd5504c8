import type { SqlExecutor } from '#platform';
import type { RowChange } from '#projections';
import { accumulateStatement } from './accumulate-performance.js';
import { copyRows } from './copy-rows.js';
import { type Row, type Statement, updateStatement, upsertStatement } from './row-statements.js';
import { TABLES } from './tables.js';

/** Changes of one table and kind, without two of the same key: one statement. */
interface Bulk {
  readonly kind: RowChange['kind'];
  readonly table: RowChange['table'];
  readonly rows: Row[];
  readonly keys: Set<string>;
}

/** by COPY, what is written once is taken for new: see copyRows */
export type WayOfWriting = 'COPY' | 'UPSERT';

/** Writes the changes in as few statements as keep the order of changes to the same row. */
export async function writeRows(
  transaction: SqlExecutor,
  changes: readonly RowChange[],
  way: WayOfWriting = 'UPSERT',
): Promise<void> {
  const bulks = groupChanges(changes);
  // last: minutes are shared by all lanes, and whoever changed one makes the others wait until the transaction ends
  const ordered = [...bulks.filter(({ kind }) => kind !== 'ACCUMULATE'), ...bulks.filter(isAccumulation)];
  for (const bulk of ordered) await write(transaction, bulk, way);
}

const isAccumulation = ({ kind }: Bulk): boolean => kind === 'ACCUMULATE';

async function write(transaction: SqlExecutor, bulk: Bulk, way: WayOfWriting): Promise<void> {
  const { kind, table, rows } = bulk;
  const once = kind === 'UPSERT' && table !== 'coordination_performance_ts' && TABLES[table].writtenOnce;
  if (way === 'COPY' && once && transaction.copyIn !== undefined) return copyRows(transaction, table, rows);
  const { sql, parameters } = statementOf(bulk);
  await transaction.query(sql, parameters);
}

/** Tables do not depend on each other; within one, a change of a row that is already waiting starts a new statement. */
function groupChanges(changes: readonly RowChange[]): readonly Bulk[] {
  const bulks: Bulk[] = [];
  const open = new Map<string, Bulk>();
  for (const change of changes) {
    const row = change.row as unknown as Row;
    const key = keyOf(change, row);
    const waiting = open.get(change.table);
    if (waiting !== undefined && waiting.kind === change.kind && !(key !== null && waiting.keys.has(key))) {
      waiting.rows.push(row);
      if (key !== null) waiting.keys.add(key);
      continue;
    }
    const bulk: Bulk = {
      kind: change.kind,
      table: change.table,
      rows: [row],
      keys: new Set(key === null ? [] : [key]),
    };
    open.set(change.table, bulk);
    bulks.push(bulk);
  }
  return bulks;
}

/** null for increments: their statement takes any number for one row */
function keyOf(change: RowChange, row: Row): string | null {
  if (change.kind === 'ACCUMULATE') return null;
  return JSON.stringify(TABLES[change.table].key.map((column) => row[column]));
}

function statementOf({ kind, table, rows }: Bulk): Statement {
  if (table === 'coordination_performance_ts') return accumulateStatement(rows);
  return kind === 'UPDATE' ? updateStatement(table, rows) : upsertStatement(table, rows);
}
