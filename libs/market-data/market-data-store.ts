import type { SqlDatabase } from '#platform';
import type { BarMatrix, DailyBar, Instrument } from './bars.js';

/** rows a statement: large enough for the throughput, small enough for memory and for others to get a turn */
const BATCH_ROWS = 10_000;

/** What a store holds, for a line to a person. */
export interface MarketDataExtent {
  readonly instruments: number;
  readonly bars: number;
  /** null for an empty store */
  readonly firstDay: string | null;
  readonly lastDay: string | null;
}

/** Daily bars and instruments on SQL. Writing the same bar or instrument again changes nothing; a changed one replaces the old. */
export class MarketDataStore {
  constructor(private readonly database: SqlDatabase) {}

  async upsertInstruments(instruments: readonly Instrument[]): Promise<void> {
    const rows = lastOfEach(instruments, (instrument) => instrument.instrument_id);
    await this.database.query(
      `insert into market_instruments (instrument_id, name, sector, lot_size, half_spread)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[])
       on conflict (instrument_id) do update set name = excluded.name, sector = excluded.sector,
         lot_size = excluded.lot_size, half_spread = excluded.half_spread, updated_at = now()
       where (market_instruments.name, market_instruments.sector, market_instruments.lot_size, market_instruments.half_spread)
         is distinct from (excluded.name, excluded.sector, excluded.lot_size, excluded.half_spread)`,
      [
        rows.map((row) => row.instrument_id),
        rows.map((row) => row.name ?? null),
        rows.map((row) => row.sector ?? null),
        rows.map((row) => row.lot_size ?? null),
        rows.map((row) => row.half_spread ?? null),
      ],
    );
  }

  /**
   * Writes bars in batches, each its own transaction: a load that is broken off can simply be run again.
   *
   * @param onBatch called after each batch with the number of bars written so far
   * @returns the number of bars read from the iterable
   */
  async upsertBars(bars: Iterable<DailyBar>, onBatch?: (written: number) => void): Promise<number> {
    let batch: DailyBar[] = [];
    let written = 0;
    const flush = async (): Promise<void> => {
      await this.upsertBatch(batch);
      written += batch.length;
      batch = [];
      onBatch?.(written);
    };
    for (const bar of bars) {
      batch.push(bar);
      if (batch.length === BATCH_ROWS) await flush();
    }
    if (batch.length > 0) await flush();
    return written;
  }

  private async upsertBatch(bars: readonly DailyBar[]): Promise<void> {
    // One statement may not touch a row twice: of two bars of the same day the later one wins.
    const rows = lastOfEach(bars, (bar) => `${bar.day} ${bar.instrument_id}`);
    await this.database.query(
      `insert into daily_bars (instrument_id, day, close, volume)
       select * from unnest($1::text[], $2::date[], $3::float8[], $4::float8[])
       on conflict (instrument_id, day) do update set close = excluded.close, volume = excluded.volume
       where (daily_bars.close, daily_bars.volume) is distinct from (excluded.close, excluded.volume)`,
      [
        rows.map((row) => row.instrument_id),
        rows.map((row) => row.day),
        rows.map((row) => row.close),
        rows.map((row) => row.volume),
      ],
    );
  }

  /** In ascending order of id (code units). */
  async instruments(): Promise<Instrument[]> {
    const rows = await this.database.query<{ [K in keyof Required<Instrument>]: Instrument[K] | null }>(
      `select instrument_id, name, sector, lot_size, half_spread from market_instruments order by instrument_id collate "C"`,
    );
    return rows.map((row) => ({
      instrument_id: row.instrument_id as string,
      ...(row.name === null ? {} : { name: row.name }),
      ...(row.sector === null ? {} : { sector: row.sector }),
      ...(row.lot_size === null ? {} : { lot_size: row.lot_size }),
      ...(row.half_spread === null ? {} : { half_spread: row.half_spread }),
    }));
  }

  async extent(): Promise<MarketDataExtent> {
    const [row] = await this.database.query<{
      instruments: number;
      bars: number;
      first: string | null;
      last: string | null;
    }>(
      `select (select count(*) from market_instruments)::int as instruments, count(*)::int as bars,
              min(day)::text as first, max(day)::text as last from daily_bars`,
    );
    if (row === undefined) throw new Error('an aggregate without a row');
    return { instruments: row.instruments, bars: row.bars, firstDay: row.first, lastDay: row.last };
  }

  /**
   * The bars of the newest `days` days on or before `asOf`, as matrices; instruments ascend by id. Instruments without
   * a bar in that time are left out. An empty store gives empty matrices.
   */
  async readMatrix(asOf: string, days: number): Promise<BarMatrix> {
    const rows = await this.database.query<{
      instrument_id: string;
      day: string;
      close: number;
      volume: number | null;
    }>(
      `select instrument_id, day::text as day, close, volume from daily_bars
       where day <= $1::date and day >= (
         select min(day) from (select distinct day from daily_bars where day <= $1::date order by day desc limit $2) newest)
       order by day, instrument_id collate "C"`,
      [asOf, days],
    );
    const present = [...new Set(rows.map((row) => row.day))];
    const instruments = [...new Set(rows.map((row) => row.instrument_id))].sort();
    const rowOf = new Map(present.map((day, t) => [day, t]));
    const columnOf = new Map(instruments.map((id, i) => [id, i]));
    const close = new Float64Array(present.length * instruments.length).fill(NaN);
    const volume = new Float64Array(close.length).fill(NaN);
    for (const row of rows) {
      const cell = (rowOf.get(row.day) as number) * instruments.length + (columnOf.get(row.instrument_id) as number);
      close[cell] = row.close;
      if (row.volume !== null) volume[cell] = row.volume;
    }
    return { days: present, instruments, close, volume };
  }
}

/** In the order of each key's last appearance. */
function lastOfEach<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const last = new Map<string, T>();
  for (const item of items) last.set(keyOf(item), item);
  return [...last.values()];
}
