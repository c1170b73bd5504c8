import type { SqlDatabase, SqlExecutor } from '#platform';
import { ADJUSTMENTS_PART, raiseVersions } from './versions.js';

/**
 * What makes the prices before a day comparable with those from that day on. Of a split: `ratio`, new shares for one old
 * share (4 for 4:1, 0.1 for 1:10). Of a spin-off or a special dividend: `price_factor`, the close after it by the close
 * before it as if nothing else had happened. One of either kind an instrument and day; told again, it replaces; 1 undoes it.
 */
export type PriceAdjustment = {
  readonly instrument_id: string;
  /** YYYY-MM-DD, the first day of the new price */
  readonly day: string;
} & ({ readonly ratio: number } | { readonly price_factor: number });

/** As it is applied: to everything before `day`. */
export interface AdjustmentFactor {
  readonly instrument_id: string;
  readonly day: string;
  readonly price_factor: number;
  readonly volume_factor: number;
}

/** @returns how many of them changed anything; every instrument must be known */
export function writeAdjustments(database: SqlDatabase, adjustments: readonly PriceAdjustment[]): Promise<number> {
  const rows = new Map<string, { kind: string; price: number; volume: number; adjustment: PriceAdjustment }>();
  for (const adjustment of adjustments) {
    const isSplit = 'ratio' in adjustment;
    const kind = isSplit ? 'SPLIT' : 'DISTRIBUTION';
    const price = isSplit ? 1 / adjustment.ratio : adjustment.price_factor;
    const volume = isSplit ? adjustment.ratio : 1;
    rows.set(`${adjustment.instrument_id} ${adjustment.day} ${kind}`, { kind, price, volume, adjustment });
  }
  const values = [...rows.values()];
  return database.transaction(async (transaction) => {
    const changed = await transaction.query(
      `insert into price_adjustments as a (instrument_key, day, kind, price_factor, volume_factor)
       select instrument_key, day, kind, price, volume
       from unnest($1::text[], $2::date[], $3::text[], $4::float8[], $5::float8[]) as t (instrument_id, day, kind, price, volume)
       join market_instruments using (instrument_id)
       order by instrument_key, day, kind
       on conflict (instrument_key, day, kind) do update
         set price_factor = excluded.price_factor, volume_factor = excluded.volume_factor
         where (a.price_factor, a.volume_factor) is distinct from (excluded.price_factor, excluded.volume_factor)
       returning a.day`,
      [
        values.map(({ adjustment }) => adjustment.instrument_id),
        values.map(({ adjustment }) => adjustment.day),
        values.map(({ kind }) => kind),
        values.map(({ price }) => price),
        values.map(({ volume }) => volume),
      ],
    );
    if (changed.length > 0) await raiseVersions(transaction, [ADJUSTMENTS_PART]);
    return changed.length;
  });
}

/** By instrument and day; those of one day are one factor. */
export function readAdjustments(executor: SqlExecutor): Promise<AdjustmentFactor[]> {
  return executor.query<{ instrument_id: string; day: string; price_factor: number; volume_factor: number }>(
    `select instrument_id, day::text as day,
            case when count(*) = 1 then min(price_factor) else min(price_factor) * max(price_factor) end as price_factor,
            case when count(*) = 1 then min(volume_factor) else min(volume_factor) * max(volume_factor) end as volume_factor
     from price_adjustments join market_instruments using (instrument_key)
     group by instrument_id, day order by instrument_id collate "C", day`,
  );
}
