import type { FieldError } from '#domain';
import type { BarRow, BarField, RowChecks, RowReader } from './bar-row.js';
import { cellsOf } from './csv-cells.js';
import type { CsvHeader } from './csv-header.js';
import { shown } from './bar-row.js';

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** Lines of `text/csv` below the header. */
export class CsvRows implements RowReader {
  constructor(
    private readonly header: CsvHeader,
    private readonly checks: RowChecks,
  ) {}

  read(line: string, into: BarRow): FieldError | null {
    const { separator, names, columns } = this.header;
    const cells = cellsOf(line, separator);
    if (cells === null) {
      return {
        pointer: '',
        message: `has a quote out of place: ${shown(line)}`,
        accepted: 'quotes around a whole cell',
      };
    }
    if (cells.length !== names.length) {
      return {
        pointer: '',
        message: `has ${cells.length} cells where the header has ${names.length}: ${shown(line)}`,
        accepted: `the columns ${names.join(', ')}, separated by ${shown(separator)}`,
      };
    }
    const cell = (field: BarField): string => {
      const column = columns[field];
      return column === undefined ? '' : (cells[column] as string).trim();
    };
    const close = numberOf(cell('close'));
    const volume = numberOf(cell('volume'));
    return this.checks.check({ instrument_id: cell('instrument_id'), day: cell('day'), close, volume }, into);
  }
}

/** The number that a cell shows; null for an empty one, and its text where it is none. */
function numberOf(cell: string): number | string | null {
  if (cell === '') return null;
  return NUMBER.test(cell) ? Number(cell) : cell;
}
