import type { WireSchema } from './wire-schema.js';

/** What a schema accepts, continuing "expects ...". */
export function accepts(schema: WireSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  switch (schema.type) {
    case 'number':
      return `a finite number${bounds(schema)}`;
    case 'integer':
      return `a whole number${bounds(schema)}`;
    case 'string':
      return acceptsText(schema);
    case 'boolean':
      return 'true or false';
    case 'array':
      return acceptsList(schema);
    case 'object':
      return schema.maxProperties === undefined ? 'an object' : `an object of at most ${schema.maxProperties} entries`;
    default:
      return 'any value';
  }
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: WireSchema): string {
  const low = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : minimum;
  const high = exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : maximum;
  if (typeof low === 'number' && typeof high === 'number') return ` from ${low} to ${high}`;
  const parts = [
    typeof low === 'number' ? `at least ${low}` : low,
    typeof high === 'number' ? `at most ${high}` : high,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

function acceptsText({ format, minLength, maxLength }: WireSchema): string {
  if (format === 'date-time') return 'a UTC time in RFC 3339, such as 2025-06-21T10:00:00Z';
  if (format === 'date') return 'a date such as 2025-06-21';
  if (maxLength === undefined) return 'text';
  return `text of ${minLength ?? 0} to ${maxLength} printable characters`;
}

function acceptsList({ items, maxItems, uniqueItems }: WireSchema): string {
  const many = maxItems === undefined ? 'a list' : `a list of at most ${maxItems}`;
  const what = uniqueItems === true ? ' different' : '';
  return items?.enum === undefined ? `${many}${what}` : `${many}${what} of ${items.enum.join(', ')}`;
}

const SHOWN_MAX = 40;

/** What was there instead, short enough for a sentence. */
export function found(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'string':
      return `the text ${JSON.stringify(value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}…` : value)}`;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return 'nothing';
  }
}
