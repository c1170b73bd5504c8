import type { SqlDatabase } from '#platform';
import type { BarMatrix, DailyBar, Instrument } from './bars.js';
import { BarBatch } from './ingest/bar-batch.js';
import { SeenBars } from './ingest/seen-bars.js';
import { adjustMatrix } from './storage/adjust-matrix.js';
import {
  type AdjustmentFactor,
  type PriceAdjustment,
  readAdjustments,
  writeAdjustments,
} from './storage/adjustments.js';
import { dayNumber } from './storage/bar-columns.js';
import { barsAreHypertable } from './storage/bar-policies.js';
import { BarWriter } from './storage/bar-writer.js';
import { readVersions } from './storage/versions.js';

/** rows a transaction: large enough for the throughput, small enough for memory and for others to get a turn */
export const BATCH_ROWS = 20_000;

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
  private hypertable: boolean | null = null;

  constructor(private readonly database: SqlDatabase) {}

  /** Every fact of each is replaced: what is left out is unknown from now on. */
  async upsertInstruments(instruments: readonly Instrument[]): Promise<void> {
    const rows = [...new Map(instruments.map((instrument) => [instrument.instrument_id, instrument])).values()];
    const columns = FACTS.map(({ name }) => name).join(', ');
    const excluded = FACTS.map(({ name }) => `excluded.${name}`).join(', ');
    const current = FACTS.map(({ name }) => `i.${name}`).join(', ');
    await this.database.query(
      `insert into market_instruments as i (instrument_id, ${columns})
       select * from unnest($1::text[], ${FACTS.map(({ type }, at) => `$${at + 2}::${type}[]`).join(', ')})
       on conflict (instrument_id) do update set (${columns}, updated_at) = row (${excluded}, now())
       where (${current}) is distinct from (${excluded})`,
      [rows.map((row) => row.instrument_id), ...FACTS.map(({ name }) => rows.map((row) => row[name] ?? null))],
    );
  }

  /**
   * Writes bars in batches, each its own transaction: a load that is broken off can simply be run again. Instruments that
   * are not known yet are created without any facts; of two bars of an instrument and day the later one wins.
   *
   * @param onBatch called after each batch with the number of bars read so far
   * @returns the number of bars read from the iterable
   */
  async upsertBars(bars: Iterable<DailyBar>, onBatch?: (read: number) => void): Promise<number> {
    const keys = new Map(await this.instrumentKeys());
    const writer = this.barWriter();
    const batch = new BarBatch(BATCH_ROWS, new SeenBars());
    let read = 0;
    const flush = async (): Promise<void> => {
      await writer.write(batch.fresh());
      await writer.write(batch.repeats());
      batch.clear();
      onBatch?.(read);
    };
    const create = async (id: string): Promise<number> => {
      const key = (await this.createInstruments([id])).get(id);
      if (key === undefined) throw new Error(`the instrument ${id} was removed at the same moment`);
      keys.set(id, key);
      return key;
    };
    for (const { instrument_id, day, close, volume } of bars) {
      const number = dayNumber(day);
      if (number === null) throw new Error(`"${day}" is not a day like 2024-01-31`);
      batch.add(keys.get(instrument_id) ?? (await create(instrument_id)), number, close, volume ?? NaN);
      read += 1;
      if (batch.isFull()) await flush();
    }
    if (batch.rows > 0) await flush();
    return read;
  }

  /** For one import after another, not for several at once. */
  barWriter(): BarWriter {
    return new BarWriter(this.database, () => this.isHypertable());
  }

  async instrumentKeys(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.query<{ instrument_id: string; instrument_key: number }>(
      'select instrument_id, instrument_key from market_instruments',
    );
    return new Map(rows.map((row) => [row.instrument_id, row.instrument_key]));
  }

  /** Makes those that do not exist, without any facts, and gives the keys of all. */
  async createInstruments(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    await this.database.query(
      `insert into market_instruments (instrument_id) select distinct id from unnest($1::text[]) as t (id) order by id
       on conflict do nothing`,
      [ids],
    );
    const rows = await this.database.query<{ instrument_id: string; instrument_key: number }>(
      'select instrument_id, instrument_key from market_instruments where instrument_id = any ($1::text[])',
      [ids],
    );
    return new Map(rows.map((row) => [row.instrument_id, row.instrument_key]));
  }

  /** In ascending order of id (code units). */
  async instruments(): Promise<Instrument[]> {
    const rows = await this.database.query<{ [K in keyof Required<Instrument>]: Instrument[K] | null }>(
      `select instrument_id, ${FACTS.map(({ name }) => name).join(', ')} from market_instruments
       order by instrument_id collate "C"`,
    );
    return rows.map(
      (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as Instrument,
    );
  }

  /** @returns how many of them changed anything; every instrument must be known */
  writeAdjustments(adjustments: readonly PriceAdjustment[]): Promise<number> {
    return writeAdjustments(this.database, adjustments);
  }

  /** By instrument and day. */
  adjustments(): Promise<AdjustmentFactor[]> {
    return readAdjustments(this.database);
  }

  /** Another text whenever bars or adjustments have changed; '' for an empty store. */
  async version(): Promise<string> {
    const versions = await readVersions(this.database);
    return [...versions]
      .map(([part, version]) => `${part}:${version}`)
      .sort()
      .join(' ');
  }

  /** The newest day with bars, YYYY-MM-DD; null for an empty store. */
  async lastDay(): Promise<string | null> {
    const [row] = await this.database.query<{ last: string | null }>('select max(day)::text as last from bars');
    return row?.last ?? null;
  }

  async extent(): Promise<MarketDataExtent> {
    const [row] = await this.database.query<{
      instruments: number;
      bars: number;
      first: string | null;
      last: string | null;
    }>(
      `select (select count(*) from market_instruments)::int as instruments, count(*)::int as bars,
              min(day)::text as first, max(day)::text as last from bars`,
    );
    if (row === undefined) throw new Error('an aggregate without a row');
    return { instruments: row.instruments, bars: row.bars, firstDay: row.first, lastDay: row.last };
  }

  /**
   * The bars of the newest `days` days on or before `asOf`, as matrices in the terms of `asOf`: adjusted for every split up
   * to that day. Instruments ascend by id; those without a bar in that time are left out. An empty store gives empty matrices.
   */
  async readMatrix(asOf: string, days: number): Promise<BarMatrix> {
    const rows = await this.database.query<{
      instrument_id: string;
      day: string;
      close: number;
      volume: number | null;
    }>(
      `select instrument_id, day::text as day, close, volume from bars join market_instruments using (instrument_key)
       where day <= $1::date and day >= (
         select min(day) from (select distinct day from bars where day <= $1::date order by day desc limit $2) newest)
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
    const matrix = { days: present, instruments, close, volume };
    adjustMatrix(matrix, await this.adjustments(), asOf);
    return matrix;
  }

  private async isHypertable(): Promise<boolean> {
    this.hypertable ??= await barsAreHypertable(this.database);
    return this.hypertable;
  }
}

const FACTS = [
  { name: 'name', type: 'text' },
  { name: 'sector', type: 'text' },
  { name: 'lot_size', type: 'float8' },
  { name: 'half_spread', type: 'float8' },
  { name: 'adv', type: 'float8' },
  { name: 'short_term_tax_rate', type: 'float8' },
  { name: 'long_term_tax_rate', type: 'float8' },
  { name: 'delisted_on', type: 'date' },
] as const satisfies readonly { readonly name: keyof Instrument; readonly type: string }[];
