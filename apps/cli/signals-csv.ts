import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { CommandFailure, EXIT, type InvalidPart } from './failure.js';

const REQUIRED = ['signal_id', 'source', 'instrument_id', 'action', 'strength', 'confidence', 'generated_at'];
const OPTIONAL = ['horizon_days', 'half_life_days', 'expires_at', 'expected_return', 'strategy'];
const NUMBERS = new Set(['strength', 'confidence', 'horizon_days', 'half_life_days', 'expected_return']);
const ERRORS_SHOWN_MAX = 20;

/**
 * Signals of a CSV file, a row each, with the fields of a signal as columns; an empty cell is a field that is left out. What the fields may hold is the
 * service's to say; which columns and cells are none is said here, by line.
 */
export async function readSignals(file: string): Promise<readonly Record<string, unknown>[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new CommandFailure(`${file} cannot be read: ${error.message}`);
  });
  const [header = [], ...rows] = records(file, text);
  checkColumns(file, header);
  const errors: InvalidPart[] = [];
  const signals = rows.map((cells, index) => signalOf(header, cells, index + 2, errors));
  if (errors.length > 0) {
    throw new CommandFailure(`${file} has cells that are no numbers:`, EXIT.invalid, errors.slice(0, ERRORS_SHOWN_MAX));
  }
  return signals;
}

function records(file: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, trim: true, skip_empty_lines: true });
  } catch (error) {
    throw new CommandFailure(`${file} is not CSV: ${(error as Error).message}`, EXIT.invalid);
  }
}

function checkColumns(file: string, header: readonly string[]): void {
  const accepted = [...REQUIRED, ...OPTIONAL];
  const errors = [
    ...REQUIRED.filter((name) => !header.includes(name)).map((name) => ({ pointer: name, message: 'is missing' })),
    ...header
      .filter((name) => !accepted.includes(name))
      .map((name) => ({ pointer: name, message: 'is no field of a signal' })),
    ...header
      .filter((name, index) => header.indexOf(name) !== index)
      .map((name) => ({ pointer: name, message: 'is there twice' })),
  ];
  if (errors.length === 0) return;
  const columns = `${REQUIRED.join(', ')}; and where there are any ${OPTIONAL.join(', ')}`;
  throw new CommandFailure(`the columns of ${file} are not those of signals: ${columns}`, EXIT.invalid, errors);
}

function signalOf(
  header: readonly string[],
  cells: readonly string[],
  line: number,
  errors: InvalidPart[],
): Record<string, unknown> {
  const signal: Record<string, unknown> = {};
  for (const [index, name] of header.entries()) {
    const cell = cells[index] ?? '';
    if (cell === '') continue;
    const value = NUMBERS.has(name) ? Number(cell) : cell;
    if (Number.isNaN(value)) errors.push({ pointer: `line ${line}/${name}`, message: `is "${cell}"` });
    signal[name] = value;
  }
  return signal;
}
