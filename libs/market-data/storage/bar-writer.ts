import { asSqlFailure, type SqlDatabase, type SqlExecutor } from '#platform';
import { type BarColumns, yearsOf } from './bar-columns.js';
import { binaryCopy } from './copy-format.js';
import { raiseVersions } from './versions.js';

/** What became of the bars of a batch. */
export interface WrittenBars {
  readonly inserted: number;
  /** another close or volume was there */
  readonly corrected: number;
  /** the same was there */
  readonly unchanged: number;
}

const UNIQUE_VIOLATION = '23505';
const DEADLOCK = '40P01';
const DEADLOCK_ATTEMPTS_MAX = 3;

/**
 * Writes batches of bars, each in a transaction of its own: whole or not at all. Bars that are all new are copied in; a
 * batch that meets bars of the table is merged instead, and so are those after it until one is all new again.
 */
export class BarWriter {
  private copies: boolean | null = null;

  /** @param isHypertable bars go into a hypertable by insert: only plain tables are copied into */
  constructor(
    private readonly database: SqlDatabase,
    private readonly isHypertable: () => Promise<boolean>,
  ) {}

  async write(bars: BarColumns): Promise<WrittenBars> {
    if (bars.count === 0) return { inserted: 0, corrected: 0, unchanged: 0 };
    const plain = !(await this.isHypertable());
    if (plain && this.copies !== false) {
      const copied = await this.database.transaction((transaction) => copyBars(transaction, bars)).catch(nullIfThere);
      if (copied !== null) return copied;
    }
    const merged = await withoutDeadlock(() =>
      this.database.transaction((transaction) => mergeBars(transaction, bars)),
    );
    this.copies = merged.inserted === bars.count;
    return merged;
  }
}

/** null where the database cannot copy */
async function copyBars(transaction: SqlExecutor, bars: BarColumns): Promise<WrittenBars | null> {
  if (transaction.copyIn === undefined) return null;
  await transaction.copyIn('copy bars (instrument_key, day, close, volume) from stdin (format binary)', [
    binaryCopy(bars),
  ]);
  await raiseVersions(transaction, yearsOf(bars).map(String));
  return { inserted: bars.count, corrected: 0, unchanged: 0 };
}

function nullIfThere(error: unknown): null {
  if (asSqlFailure(error)?.code === UNIQUE_VIOLATION) return null;
  throw error;
}

async function mergeBars(transaction: SqlExecutor, bars: BarColumns): Promise<WrittenBars> {
  // both counts are of the state before the statement; the order is the same for all, so that two imports do not deadlock
  const [row] = await transaction.query<{ existing: number; written: number; years: number[] | null }>(
    `with incoming as (
       select instrument_key, date '1970-01-01' + day_number as day, close, nullif(volume, 'NaN') as volume
       from unnest($1::int4[], $2::int4[], $3::float8[], $4::float8[]) as t (instrument_key, day_number, close, volume)
     ), written as (
       insert into bars as b (instrument_key, day, close, volume)
       select instrument_key, day, close, volume from incoming order by day, instrument_key
       on conflict (day, instrument_key) do update set close = excluded.close, volume = excluded.volume
       where (b.close, b.volume) is distinct from (excluded.close, excluded.volume)
       returning b.day
     )
     select (select count(*) from incoming join bars using (day, instrument_key))::int as existing,
            (select count(*) from written)::int as written,
            (select array_agg(distinct extract(year from day)::int) from written) as years`,
    [bars.instrument, bars.day, bars.close, bars.volume].map((column) => arrayLiteral(column, bars.count)),
  );
  if (row === undefined) throw new Error('an aggregate without a row');
  await raiseVersions(transaction, (row.years ?? []).map(String));
  const inserted = bars.count - row.existing;
  return { inserted, corrected: row.written - inserted, unchanged: bars.count - row.written };
}

const arrayLiteral = (column: Int32Array | Float64Array, count: number): string =>
  `{${column.subarray(0, count).join(',')}}`;

async function withoutDeadlock<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (asSqlFailure(error)?.code !== DEADLOCK || attempt === DEADLOCK_ATTEMPTS_MAX) throw error;
    }
  }
}
