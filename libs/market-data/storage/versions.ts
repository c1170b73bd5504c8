import type { SqlExecutor } from '#platform';

/** The part of all splits and other adjustments; the other parts are years of bars. */
export const ADJUSTMENTS_PART = 'adjustments';

/** To be called in the transaction of the change. */
export async function raiseVersions(transaction: SqlExecutor, parts: readonly string[]): Promise<void> {
  if (parts.length === 0) return;
  await transaction.query(
    `insert into market_data_versions as v (part, version)
     select part, 1 from unnest($1::text[]) as t (part) order by part
     on conflict (part) do update set version = v.version + 1`,
    [parts],
  );
}

export async function readVersions(executor: SqlExecutor): Promise<ReadonlyMap<string, string>> {
  const rows = await executor.query<{ part: string; version: string }>(
    `select part, version::text as version from market_data_versions`,
  );
  return new Map(rows.map(({ part, version }) => [part, version]));
}
