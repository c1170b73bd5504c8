import type { FieldError } from '#domain';
import { BarFileError } from './bar-file-error.js';
import { BAR_FIELDS, type BarField, REQUIRED_FIELDS, shown } from './bar-row.js';
import { cellsOf } from './csv-cells.js';

const SEPARATORS = [',', ';', '\t', '|'] as const;
const ACCEPTED_SEPARATORS = 'a comma, a semicolon, a tab or a |';

/** How the rows of a CSV file are to be read. */
export interface CsvHeader {
  readonly separator: string;
  /** as they stand in the header */
  readonly names: readonly string[];
  readonly columns: Partial<Readonly<Record<BarField, number>>>;
  /** columns that are passed over because that was asked for */
  readonly ignored: readonly string[];
}

/**
 * Reads the first line: the columns of a bar in any order. The separator is the one that makes most columns of it.
 *
 * @param ignore names of columns that are passed over
 * @throws BarFileError naming each column that is missing, repeated or not known, or the separator where it is another
 */
export function readCsvHeader(line: string, ignore: ReadonlySet<string>): CsvHeader {
  const [separator, names] = bestSplit(line);
  refuseOtherSeparators(names);
  const errors = [...unknownColumns(names, ignore), ...repeatedColumns(names), ...missingColumns(names)];
  if (errors.length > 0) {
    const sentences = errors.map(({ pointer, message }) => `${pointer.slice(1)} ${message}`);
    throw new BarFileError('HEADER', `Line 1, the header: ${sentences.join('; ')}.`, errors);
  }
  const columns = Object.fromEntries(
    BAR_FIELDS.flatMap((field) => (names.includes(field) ? [[field, names.indexOf(field)]] : [])),
  );
  return { separator, names, columns, ignored: names.filter((name) => ignore.has(name)) };
}

const isField = (name: string): name is BarField => (BAR_FIELDS as readonly string[]).includes(name);

function bestSplit(line: string): readonly [string, readonly string[]] {
  const splits = SEPARATORS.map((separator) => {
    const names = (cellsOf(line, separator) ?? [line]).map((name) => name.trim());
    return { separator, names, known: names.filter(isField).length };
  });
  const best = splits.reduce((a, b) =>
    b.known > a.known || (b.known === a.known && b.names.length > a.names.length) ? b : a,
  );
  return [best.separator, best.names];
}

/** `instrument_id:day:close` is one column to us, and plainly three to whoever wrote it. */
function refuseOtherSeparators(names: readonly string[]): void {
  for (const name of names) {
    const found =
      /(?:instrument_id|day|close|volume)["']?([^A-Za-z0-9_"'])["']?\s*(?:instrument_id|day|close|volume)/.exec(
        name,
      )?.[1];
    if (found === undefined) continue;
    const message = `the columns are separated by ${shown(found)}`;
    const accepted = ACCEPTED_SEPARATORS;
    throw new BarFileError('HEADER', `Line 1, the header: ${message}; accepted is ${accepted}.`, [
      { pointer: '', message, accepted },
    ]);
  }
}

function unknownColumns(names: readonly string[], ignore: ReadonlySet<string>): FieldError[] {
  const unknown = names.filter((name) => !isField(name) && !ignore.has(name));
  // a header is a line of names; a file that begins with a bar has none
  const isData =
    names.filter(isField).length === 0 && names.some((name) => /^\d{4}-\d{2}-\d{2}$|^\d+(\.\d+)?$/.test(name));
  if (isData) return [];
  const accepted = `${BAR_FIELDS.join(', ')}; ?ignore=${unknown.slice(0, 5).map(encodeURIComponent).join(',')} passes over them`;
  const listed = unknown.slice(0, 20).map((name) => ({
    pointer: `/${name.slice(0, 60)}`,
    message: 'is not a column of a bar',
    accepted,
  }));
  if (unknown.length <= listed.length) return listed;
  const [first] = listed;
  return first === undefined ? [] : [{ ...first, message: `and ${unknown.length - 1} more are not columns of a bar` }];
}

const repeatedColumns = (names: readonly string[]): FieldError[] =>
  BAR_FIELDS.filter((field) => names.indexOf(field) !== names.lastIndexOf(field)).map((field) => ({
    pointer: `/${field}`,
    message: 'is there twice',
    accepted: 'each column once',
  }));

const missingColumns = (names: readonly string[]): FieldError[] =>
  REQUIRED_FIELDS.filter((field) => !names.includes(field)).map((field) => ({
    pointer: `/${field}`,
    message: 'is missing',
    accepted: `a header with the columns ${BAR_FIELDS.join(', ')}; volume may be left out`,
  }));
