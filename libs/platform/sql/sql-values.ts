import pg from 'pg';

/**
 * How values cross to and from SQL, alike for every adapter: parameters go out as text, columns come back as
 * boolean, number (int2, int4, float4, float8, oid), parsed JSON, Buffer (bytea), arrays of these, and text for all else.
 */

/** Arrays become array literals; pass JSON documents as `JSON.stringify(value)` where the value may be an array. */
export function encodeParameter(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return encodeArray(value);
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  throw new TypeError(`A ${typeof value} cannot be a SQL parameter.`);
}

const SPECIAL = /[\\"]/;
const ALL_SPECIAL = /[\\"]/g;

function encodeArray(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (Array.isArray(value)) return encodeArray(value);
    const text = encodeParameter(value);
    if (text === null) return 'NULL';
    return `"${SPECIAL.test(text) ? text.replace(ALL_SPECIAL, '\\$&') : text}"`;
  });
  return `{${elements.join(',')}}`;
}

const asText = (text: string): string => text;
const TEXT_ARRAY = 1009;

/** date, timestamp, timestamptz, interval: kept as text, because a Date has neither their range nor their precision. */
const TEMPORAL = new Set([1082, 1114, 1184, 1186]);
const TEMPORAL_ARRAYS = new Set([1182, 1115, 1185, 1187]);

export function columnParser(typeOid: number): (text: string) => unknown {
  if (TEMPORAL.has(typeOid)) return asText;
  const typeParsers = pg.types as { getTypeParser(oid: number, format: 'text'): (text: string) => unknown };
  return typeParsers.getTypeParser(TEMPORAL_ARRAYS.has(typeOid) ? TEXT_ARRAY : typeOid, 'text');
}
