import type { SqlDatabase, SqlExecutor } from '#platform';

/** The same database with the tables of a schema in place of those of the same names. */
export function inSchema(database: SqlDatabase, schema: string): SqlDatabase {
  const transaction: SqlDatabase['transaction'] = (work) =>
    database.transaction((executor) => withSchema(executor, schema, () => work(executor)));
  return {
    query: (sql, parameters) => transaction((executor) => executor.query(sql, parameters)),
    transaction,
    close: () => database.close(),
  };
}

/** Within a transaction, for as long as the work takes; a transaction that fails ends with it. */
export async function withSchema<T>(transaction: SqlExecutor, schema: string, work: () => Promise<T>): Promise<T> {
  const [before] = await transaction.query<{ path: string }>(`SELECT current_setting('search_path') AS path`);
  const path = before?.path ?? 'public';
  const set = (to: string) => transaction.query(`SELECT set_config('search_path', $1, true)`, [to]);
  await set(`${schema}, ${path}`);
  const result = await work();
  await set(path);
  return result;
}
