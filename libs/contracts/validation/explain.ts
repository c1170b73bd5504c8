import { type FieldError, pointerToken } from '#domain';
import { accepts, found } from './describe.js';
import { isDate, isUtcTime } from './formats.js';
import type { WireSchema } from './wire-schema.js';

/** as many as somebody mends in one sitting */
export const ERRORS_MAX = 50;

/**
 * Every reason why a value does not fit a schema, in document order, up to ERRORS_MAX. The compiled validator decides
 * whether it fits; this reads the same schema more slowly, only once something is known to be wrong, and stops at the cap,
 * so that a large body full of errors costs no more than a small one.
 */
export function explain(schema: WireSchema, value: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  visit(schema, value, '', errors);
  return errors.slice(0, ERRORS_MAX);
}

function visit(schema: WireSchema, value: unknown, pointer: string, errors: FieldError[]): void {
  if (errors.length >= ERRORS_MAX) return;
  if (!fitsType(schema, value)) {
    errors.push({ pointer, message: `expects ${accepts(schema)}, found ${found(value)}`, accepted: accepts(schema) });
  } else if (Array.isArray(value)) visitArray(schema, value, pointer, errors);
  else if (typeof value === 'object' && value !== null) {
    visitObject(schema, value as Readonly<Record<string, unknown>>, pointer, errors);
  }
}

/** The value alone, without what it contains. */
function fitsType(schema: WireSchema, value: unknown): boolean {
  if (schema.enum !== undefined) return schema.enum.some((allowed) => allowed === value);
  switch (schema.type) {
    case 'number':
    case 'integer':
      return typeof value === 'number' && fitsNumber(schema, value);
    case 'string':
      return typeof value === 'string' && fitsText(schema, value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return Array.isArray(value) && value.length <= (schema.maxItems ?? Infinity) && fitsUnique(schema, value);
    case 'object':
      return (
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.keys(value).length <= (schema.maxProperties ?? Infinity)
      );
    default:
      return true;
  }
}

function fitsNumber(schema: WireSchema, value: number): boolean {
  return (
    Number.isFinite(value) &&
    (schema.type === 'number' || Number.isInteger(value)) &&
    value >= (schema.minimum ?? -Infinity) &&
    value <= (schema.maximum ?? Infinity) &&
    value > (schema.exclusiveMinimum ?? -Infinity) &&
    value < (schema.exclusiveMaximum ?? Infinity)
  );
}

function fitsText(schema: WireSchema, value: string): boolean {
  if (schema.format === 'date-time') return isUtcTime(value);
  if (schema.format === 'date') return isDate(value);
  if (schema.minLength === undefined && schema.maxLength === undefined && schema.pattern === undefined) return true;
  // JSON Schema counts characters, not UTF-16 units
  const length = value.length > (schema.maxLength ?? Infinity) * 2 ? Infinity : [...value].length;
  if (length < (schema.minLength ?? 0) || length > (schema.maxLength ?? Infinity)) return false;
  return schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value);
}

const fitsUnique = (schema: WireSchema, value: readonly unknown[]): boolean =>
  schema.uniqueItems !== true || new Set(value).size === value.length;

function visitArray(schema: WireSchema, value: readonly unknown[], pointer: string, errors: FieldError[]): void {
  const { items } = schema;
  if (items === undefined) return;
  for (let i = 0; i < value.length && errors.length < ERRORS_MAX; i++)
    visit(items, value[i], `${pointer}/${i}`, errors);
}

function visitObject(
  schema: WireSchema,
  value: Readonly<Record<string, unknown>>,
  pointer: string,
  errors: FieldError[],
): void {
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name)) continue;
    const accepted = accepts(schema.properties?.[name] ?? {});
    errors.push({ pointer: `${pointer}/${pointerToken(name)}`, message: `is required: ${accepted}`, accepted });
  }
  for (const [name, inner] of Object.entries(value)) {
    if (errors.length >= ERRORS_MAX) return;
    visitProperty(schema, name, inner, `${pointer}/${pointerToken(name)}`, errors);
  }
}

function visitProperty(schema: WireSchema, name: string, value: unknown, pointer: string, errors: FieldError[]): void {
  const known = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
  if (known !== undefined) return visit(known, value, pointer, errors);
  if (schema.additionalProperties === false) {
    const accepted = `one of the fields ${Object.keys(schema.properties ?? {}).join(', ')}`;
    errors.push({ pointer, message: `is not a field here`, accepted });
    return;
  }
  if (schema.propertyNames !== undefined && !fitsType(schema.propertyNames, name)) {
    const accepted = accepts(schema.propertyNames);
    errors.push({ pointer, message: `expects ${accepted} as the name, found ${found(name)}`, accepted });
    return;
  }
  if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, value, pointer, errors);
}
