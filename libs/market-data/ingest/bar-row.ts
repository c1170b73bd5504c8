import type { FieldError } from '#domain';
import { dayNumber } from '../storage/bar-columns.js';

/** A row as it was read; overwritten by the next, so that a million rows make no million objects. */
export interface BarRow {
  instrument_id: string;
  /** days since 1970-01-01 */
  day: number;
  close: number;
  /** NaN where it is not known */
  volume: number;
}

export const BAR_FIELDS = ['instrument_id', 'day', 'close', 'volume'] as const;
export type BarField = (typeof BAR_FIELDS)[number];
export const REQUIRED_FIELDS: readonly BarField[] = ['instrument_id', 'day', 'close'];

const PRICE_MAX = 1e9;
const SHARES_MAX = 1e12;
const INSTRUMENT_ID_CHARS_MAX = 20;
const ACCEPTED_ID = `1 to ${INSTRUMENT_ID_CHARS_MAX} printable characters`;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
/** a day more than today: somewhere it is tomorrow already */
const FIRST_DAY = dayNumber('1900-01-01') as number;
const ACCEPTED_DAY = 'a day such as "2024-01-31", from 1900-01-01 to tomorrow';

/** What a value is before it is known to be one of a bar. */
export type RawRow = { readonly [Field in BarField]: unknown };

/** Reads one line; the fault says why it is no bar. */
export interface RowReader {
  read(line: string, into: BarRow): FieldError | null;
}

/** Turns raw values into a row. */
export class RowChecks {
  private readonly days = new Map<unknown, number | null>();

  /** @param lastDay days since 1970-01-01; later ones are faults */
  constructor(private readonly lastDay: number) {}

  check({ instrument_id, day, close, volume }: RawRow, into: BarRow): FieldError | null {
    if (typeof instrument_id !== 'string' || !hasIdLength(instrument_id)) {
      return fault('instrument_id', instrument_id, ACCEPTED_ID);
    }
    const number = this.dayOf(day);
    if (number === null) return fault('day', day, ACCEPTED_DAY);
    if (typeof close !== 'number' || !(close > 0 && close <= PRICE_MAX)) {
      return fault('close', close, `a number above 0, up to ${PRICE_MAX}`);
    }
    if (volume !== null && volume !== undefined) {
      if (typeof volume !== 'number' || !(volume >= 0 && volume <= SHARES_MAX)) {
        return fault('volume', volume, `a number from 0 to ${SHARES_MAX}, or nothing where it is not known`);
      }
      into.volume = volume;
    } else {
      into.volume = NaN;
    }
    into.instrument_id = instrument_id;
    into.day = number;
    into.close = close;
    return null;
  }

  /** A file names the same days again and again. */
  private dayOf(day: unknown): number | null {
    const known = this.days.get(day);
    if (known !== undefined) return known;
    const number = typeof day === 'string' ? dayNumber(day) : null;
    const accepted = number !== null && number >= FIRST_DAY && number <= this.lastDay ? number : null;
    // bounded by the days there are: what is no day is not remembered
    if (accepted !== null) this.days.set(day, accepted);
    return accepted;
  }
}

const hasIdLength = (text: string): boolean => text.length > 0 && text.length <= INSTRUMENT_ID_CHARS_MAX;

/** Of an id that the store does not know: what it could not keep, it cannot be asked to create. */
export const idFault = (id: string): FieldError | null =>
  UNPRINTABLE.test(id) ? fault('instrument_id', id, ACCEPTED_ID) : null;

const SHOWN_CHARS_MAX = 60;

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}

function fault(field: BarField, value: unknown, accepted: string): FieldError {
  const message = value === undefined || value === null || value === '' ? 'is missing' : `is ${shown(value)}`;
  return { pointer: `/${field}`, message, accepted };
}
