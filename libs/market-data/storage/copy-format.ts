import type { BarColumns } from './bar-columns.js';

// "PGCOPY\n\377\r\n\0", then 32 bits of flags and the length of an extension, both 0
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const END = Buffer.from('ffff', 'hex');
/** 2000-01-01, from which Postgres counts */
const POSTGRES_EPOCH_DAY = 10_957;
const FIELDS = 4;
const ROW_BYTES_MAX = 2 + 4 * FIELDS + 4 + 4 + 8 + 8;

/**
 * The bars as Postgres takes them by `COPY ... (FORMAT binary)`: integer, date, two float8, no text to parse on either
 * side. https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"
 */
export function binaryCopy({ count, instrument, day, close, volume }: BarColumns): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER.length + count * ROW_BYTES_MAX + END.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  HEADER.copy(bytes);
  let at = HEADER.length;
  for (let i = 0; i < count; i++) {
    view.setInt16(at, FIELDS);
    view.setInt32(at + 2, 4);
    view.setInt32(at + 6, instrument[i] as number);
    view.setInt32(at + 10, 4);
    view.setInt32(at + 14, (day[i] as number) - POSTGRES_EPOCH_DAY);
    view.setInt32(at + 18, 8);
    view.setFloat64(at + 22, close[i] as number);
    const shares = volume[i] as number;
    if (Number.isNaN(shares)) {
      view.setInt32(at + 30, -1);
      at += 34;
    } else {
      view.setInt32(at + 30, 8);
      view.setFloat64(at + 34, shares);
      at += 42;
    }
  }
  END.copy(bytes, at);
  return bytes.subarray(0, at + END.length);
}
