import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { BarMatrix, Instrument } from './bars.js';

const decompressed = promisify(gunzip);

/** A file that cannot be read as what it should be; the message names the file, the line and the column. */
export class CsvFormatError extends Error {
  override readonly name = 'CsvFormatError';
}

interface WideTable {
  readonly days: readonly string[];
  readonly columns: readonly string[];
  /** row-major, NaN where the cell is empty */
  readonly values: Float64Array;
}

/**
 * Reads closes and volumes kept as wide CSV files: a header `date,ID,ID,...`, then one row a day, ascending; an empty
 * cell is a missing value. Names that end in `.gz` are decompressed. Without a file of volumes every volume is missing.
 * The volumes' days and columns are matched by name, so the files need not have the same shape.
 *
 * @throws CsvFormatError
 */
export async function readWideBars(closesFile: string, volumesFile?: string): Promise<BarMatrix> {
  const closes = await readWideTable(closesFile);
  const volume = new Float64Array(closes.values.length).fill(NaN);
  if (volumesFile !== undefined) copyMatching(await readWideTable(volumesFile), closes, volume);
  return { days: closes.days, instruments: closes.columns, close: closes.values, volume };
}

/** Reads `ticker,name,sector,...`: a header and one row an instrument; columns after the third are ignored. */
export async function readInstruments(file: string): Promise<Instrument[]> {
  const instruments: Instrument[] = [];
  let header: readonly string[] | undefined;
  for (const { cells, line } of await rowsOf(file)) {
    if (header === undefined) {
      header = cells;
      if (!header.includes('ticker') || !header.includes('sector')) {
        throw new CsvFormatError(`${file}, line ${line}: the header must name the columns ticker and sector`);
      }
      continue;
    }
    const cell = (name: string): string | undefined => cells[(header as readonly string[]).indexOf(name)] || undefined;
    const [id, name, sector] = [cell('ticker'), cell('name'), cell('sector')];
    if (id === undefined) throw new CsvFormatError(`${file}, line ${line}: the ticker is empty`);
    instruments.push({ instrument_id: id, ...(name && { name }), ...(sector && { sector }) });
  }
  return instruments;
}

async function readWideTable(file: string): Promise<WideTable> {
  const days: string[] = [];
  const rows: Float64Array[] = [];
  let columns: readonly string[] = [];
  for (const { cells, line } of await rowsOf(file)) {
    if (columns.length === 0) {
      columns = headerColumns(file, cells);
      continue;
    }
    if (cells.length !== columns.length + 1) {
      throw new CsvFormatError(
        `${file}, line ${line}: ${cells.length} cells where the header has ${columns.length + 1}`,
      );
    }
    days.push(checkedDay(file, line, cells[0] as string, days[days.length - 1]));
    rows.push(Float64Array.from(columns, (column, i) => checkedNumber(file, line, column, cells[i + 1] as string)));
  }
  if (rows.length === 0) throw new CsvFormatError(`${file} holds no day`);
  const values = new Float64Array(rows.length * columns.length);
  for (const [t, row] of rows.entries()) values.set(row, t * columns.length);
  return { days, columns, values };
}

function headerColumns(file: string, cells: readonly string[]): readonly string[] {
  const [first, ...ids] = cells;
  if (first !== 'date' || ids.length === 0) {
    throw new CsvFormatError(`${file}, line 1: the header must be "date" and then one instrument a column`);
  }
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
  if (repeated !== undefined) throw new CsvFormatError(`${file}, line 1: the column ${repeated} is there twice`);
  return ids;
}

function checkedDay(file: string, line: number, day: string, previous: string | undefined): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day))
    throw new CsvFormatError(`${file}, line ${line}: "${day}" is not a day like 2024-01-31`);
  if (previous !== undefined && day <= previous) {
    throw new CsvFormatError(`${file}, line ${line}: ${day} does not come after ${previous}; days must ascend`);
  }
  return day;
}

function checkedNumber(file: string, line: number, column: string, cell: string): number {
  if (cell === '') return NaN;
  const value = Number(cell);
  if (!Number.isFinite(value) || value <= 0) {
    throw new CsvFormatError(`${file}, line ${line}, column ${column}: "${cell}" is not a positive number`);
  }
  return value;
}

function copyMatching(from: WideTable, to: WideTable, target: Float64Array): void {
  const row = new Map(from.days.map((day, t) => [day, t]));
  const column = new Map(from.columns.map((id, i) => [id, i]));
  const columns = to.columns.map((id) => column.get(id));
  for (const [t, day] of to.days.entries()) {
    const source = row.get(day);
    if (source === undefined) continue;
    for (const [i, j] of columns.entries()) {
      if (j !== undefined) target[t * columns.length + i] = from.values[source * from.columns.length + j] as number;
    }
  }
}

/** Rows of a CSV file; quoted cells may hold commas and doubled quotes, not line breaks. Blank lines are passed over. */
async function rowsOf(file: string): Promise<{ readonly cells: readonly string[]; readonly line: number }[]> {
  const bytes = await readFile(file);
  const text = (file.endsWith('.gz') ? await decompressed(bytes) : bytes).toString('utf8');
  return text
    .split(/\r?\n/)
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== '')
    .map(({ content, line }) => ({ cells: cellsOf(content), line }));
}

function cellsOf(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  for (const match of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    cells.push(match[1] === undefined ? (match[2] as string) : match[1].replaceAll('""', '"'));
  }
  return cells;
}
