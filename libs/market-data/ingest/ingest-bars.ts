import type { FieldError } from '#domain';
import { dayNumber, dayText } from '../storage/bar-columns.js';
import type { BarColumns } from '../storage/bar-columns.js';
import type { WrittenBars } from '../storage/bar-writer.js';
import { BarBatch } from './bar-batch.js';
import { BarFileError } from './bar-file-error.js';
import { type BarRow, idFault, RowChecks, type RowReader } from './bar-row.js';
import { type CsvHeader, readCsvHeader } from './csv-header.js';
import { CsvRows } from './csv-rows.js';
import type { IngestLimits } from './limits.js';
import { type LineBlock, linesOf } from './lines.js';
import { NdjsonRows } from './ndjson-rows.js';
import { SeenBars } from './seen-bars.js';

export type BarFormat = 'csv' | 'ndjson';

/** Where bars go: the market-data store. */
export interface BarSink {
  /** ids to the numbers that bars name them by */
  instrumentKeys(): Promise<ReadonlyMap<string, number>>;
  createInstruments(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** One writer for one import; a batch is written whole or not at all, and stays. */
  barWriter(): { write(bars: BarColumns): Promise<WrittenBars> };
}

export interface IngestOptions {
  readonly format: BarFormat;
  /** make instruments that are not known, instead of rejecting their rows */
  readonly createInstruments: boolean;
  /** columns or fields that are passed over */
  readonly ignore: readonly string[];
  /** YYYY-MM-DD, UTC */
  readonly today: string;
  readonly limits: IngestLimits;
}

/** A row that is no bar: the place in it, what is wrong and what would be accepted. */
interface RejectedRow extends FieldError {
  /** from 1; the header of a CSV file counts */
  readonly line: number;
}

/** rows = accepted + rejected_total; accepted = inserted + corrected + unchanged + duplicates. */
export interface IngestReport {
  readonly rows: number;
  readonly accepted: number;
  readonly inserted: number;
  /** another close or volume was stored, and is replaced */
  readonly corrected: number;
  /** stored like that before */
  readonly unchanged: number;
  /** rows of an instrument and day that an earlier line of the file has too: the last one wins */
  readonly duplicates: number;
  readonly rejected_total: number;
  /** the first of them, by line */
  readonly rejected: readonly RejectedRow[];
  readonly instruments_created: number;
  readonly first_day: string | null;
  readonly last_day: string | null;
  readonly warnings: readonly string[];
}

/**
 * Reads bars from a stream of bytes into the store, in batches that are each written whole and stay: good rows land
 * whatever becomes of others. While a batch is written the next one is read, and no more: a slow store slows the source.
 *
 * @throws BarFileError where the file cannot be read at all, or not to its end; what landed until then stays
 */
export function ingestBars(
  source: AsyncIterable<Uint8Array>,
  sink: BarSink,
  options: IngestOptions,
): Promise<IngestReport> {
  return new BarIngest(sink, options).run(source);
}

class BarIngest {
  private readonly writer: ReturnType<BarSink['barWriter']>;
  private readonly checks: RowChecks;
  private readonly ignore: ReadonlySet<string>;
  private readonly instruments: InstrumentNumbers;
  private reader: RowReader | null;
  private batch: BarBatch;
  private spare: BarBatch;
  private writing: Promise<void> = Promise.resolve();
  private readonly row: BarRow = { instrument_id: '', day: 0, close: 0, volume: 0 };
  private readonly rejected: RejectedRow[] = [];
  private readonly warnings: string[] = [];
  private readonly counts = { rows: 0, rejected: 0, duplicates: 0, inserted: 0, corrected: 0, unchanged: 0 };
  private firstDay = Infinity;
  private lastDay = -Infinity;

  constructor(
    sink: BarSink,
    private readonly options: IngestOptions,
  ) {
    const { limits, today, ignore, createInstruments } = options;
    const seen = new SeenBars();
    this.batch = new BarBatch(limits.batchRows, seen);
    this.spare = new BarBatch(limits.batchRows, seen);
    this.writer = sink.barWriter();
    // somewhere it is tomorrow already
    this.checks = new RowChecks((dayNumber(today) as number) + 1);
    this.ignore = new Set(ignore);
    this.reader = options.format === 'ndjson' ? new NdjsonRows(this.checks, this.ignore) : null;
    this.instruments = new InstrumentNumbers(sink, createInstruments);
  }

  async run(source: AsyncIterable<Uint8Array>): Promise<IngestReport> {
    await this.instruments.load();
    try {
      for await (const block of linesOf(source, this.options.limits)) {
        for (let i = 0; i < block.lines.length; i++) {
          this.takeLine(block.lines[i] as string, block, i);
          if (this.batch.isFull()) await this.flush();
        }
      }
      await this.flush();
      await this.writing;
    } catch (error) {
      throw error instanceof BarFileError && this.counts.rows > 0 ? await this.withWhatLanded(error) : error;
    } finally {
      // a batch on its way is not left behind
      await this.writing;
    }
    if (this.counts.rows === 0) {
      throw new BarFileError('EMPTY', 'The body holds no bar; it must have at least one row.');
    }
    return this.report();
  }

  /** Until the end that was not reached everything is as it should be: it lands, and is told. */
  private async withWhatLanded({ fault, message, errors }: BarFileError): Promise<BarFileError> {
    await this.flush();
    await this.writing;
    const landed = this.counts.rows - this.counts.rejected;
    return new BarFileError(fault, `${message} ${landed} rows before it are stored.`, errors);
  }

  private takeLine(line: string, { first, lines, cut }: LineBlock, index: number): void {
    if (line === '' || line.trim() === '') return;
    if (this.reader === null) {
      this.startCsv(line);
      return;
    }
    this.counts.rows += 1;
    const fault = this.faultOf(line, this.reader);
    const number = first + index;
    const isCut = cut && index === lines.length - 1;
    if (fault !== null) this.reject(number, isCut ? { ...fault, message: `${fault.message} ${CUT}` } : fault);
    else if (isCut && this.options.format === 'csv') {
      this.warnings.push(
        `Line ${number}, the last, has no line end; if the file was cut there, its last cell is too short.`,
      );
    }
  }

  /** null where the line is a bar, which is in the batch then */
  private faultOf(line: string, reader: RowReader): FieldError | null {
    const { lineCharsMax } = this.options.limits;
    if (line.length > lineCharsMax) {
      return { pointer: '', message: `is longer than ${lineCharsMax} characters`, accepted: 'a bar a line' };
    }
    const { row } = this;
    const fault = reader.read(line, row);
    if (fault !== null) return fault;
    const instrument = this.instruments.numberOf(row.instrument_id);
    if (instrument === undefined) {
      const unstorable = idFault(row.instrument_id);
      if (unstorable !== null) return unstorable;
      const message = `is ${JSON.stringify(row.instrument_id)}, which is not known`;
      return { pointer: '/instrument_id', message, accepted: ACCEPTED_INSTRUMENT };
    }
    if (this.batch.add(instrument, row.day, row.close, row.volume)) this.counts.duplicates += 1;
    if (row.day < this.firstDay) this.firstDay = row.day;
    if (row.day > this.lastDay) this.lastDay = row.day;
    return null;
  }

  private startCsv(line: string): void {
    const header: CsvHeader = readCsvHeader(line.slice(0, this.options.limits.lineCharsMax), this.ignore);
    this.reader = new CsvRows(header, this.checks);
  }

  private reject(line: number, fault: FieldError): void {
    this.counts.rejected += 1;
    if (this.rejected.length < this.options.limits.rejectedListMax) this.rejected.push({ line, ...fault });
  }

  /** Waits for the batch before this one, then lets this one be written while the next is read. */
  private async flush(): Promise<void> {
    await this.writing;
    const full = this.batch;
    this.batch = this.spare;
    this.spare = full;
    this.writing = this.write(full);
    // an error is told by whoever waits for it
    this.writing.catch(() => undefined);
  }

  private async write(batch: BarBatch): Promise<void> {
    await this.instruments.create();
    const written = await this.writer.write(this.instruments.keyed(batch.fresh()));
    await this.writer.write(this.instruments.keyed(batch.repeats()));
    batch.clear();
    this.counts.inserted += written.inserted;
    this.counts.corrected += written.corrected;
    this.counts.unchanged += written.unchanged;
  }

  private report(): IngestReport {
    const { rows, rejected, duplicates, inserted, corrected, unchanged } = this.counts;
    const accepted = rows - rejected;
    const [first_day, last_day] = accepted === 0 ? [null, null] : [dayText(this.firstDay), dayText(this.lastDay)];
    return {
      rows,
      accepted,
      inserted,
      corrected,
      unchanged,
      duplicates,
      rejected_total: rejected,
      rejected: this.rejected,
      instruments_created: this.instruments.created,
      first_day,
      last_day,
      warnings: this.warnings,
    };
  }
}

const CUT = '(the file ends in the middle of this line)';
const ACCEPTED_INSTRUMENT =
  'an instrument told by PUT /market-data/instruments; with ?create_instruments=true unknown ones are created';

/** Small numbers for the instruments of a file, known to the store or not yet, and their keys once they are. */
class InstrumentNumbers {
  created = 0;
  private readonly numbers = new Map<string, number>();
  private readonly keys: number[] = [];
  private unknown: string[] = [];

  constructor(
    private readonly sink: BarSink,
    private readonly mayCreate: boolean,
  ) {}

  async load(): Promise<void> {
    for (const [id, key] of await this.sink.instrumentKeys()) this.numbers.set(id, this.keys.push(key) - 1);
  }

  numberOf(id: string): number | undefined {
    const known = this.numbers.get(id);
    if (known !== undefined || !this.mayCreate || idFault(id) !== null) return known;
    const number = this.keys.push(0) - 1;
    this.numbers.set(id, number);
    this.unknown.push(id);
    return number;
  }

  async create(): Promise<void> {
    if (this.unknown.length === 0) return;
    const ids = this.unknown;
    this.unknown = [];
    const keys = await this.sink.createInstruments(ids);
    for (const id of ids) this.keys[this.numbers.get(id) as number] = keys.get(id) as number;
    this.created += ids.length;
  }

  /** The same bars, by key; the numbers in the array are replaced. */
  keyed(bars: BarColumns): BarColumns {
    for (let i = 0; i < bars.count; i++) bars.instrument[i] = this.keys[bars.instrument[i] as number] as number;
    return bars;
  }
}
