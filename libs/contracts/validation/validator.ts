import { Ajv2020 } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import type { FieldError } from '#domain';
import { explain } from './explain.js';
import { isDate, isUtcTime } from './formats.js';
import { subschemas, WIRE_SCHEMA_KEYWORDS, type WireSchema } from './wire-schema.js';

/** What is wrong with a value, as pointers into it; empty where nothing is. */
export type Validator = (value: unknown) => readonly FieldError[];

const ajv = new Ajv2020({ strict: true, allErrors: false, validateSchema: true, allowUnionTypes: false });
ajv.addFormat('date-time', { type: 'string', validate: isUtcTime });
ajv.addFormat('date', { type: 'string', validate: isDate });

/** Compiles at the first use, so that a process pays only for the bodies it meets. */
export function validatorOf(schema: TSchema): Validator {
  const wireSchema = schema as WireSchema;
  const fits = lazy(() => {
    refuseUnknownKeywords(wireSchema);
    return ajv.compile(schema);
  });
  return (value) => {
    const check = fits();
    if (check(value)) return [];
    const errors = explain(wireSchema, value);
    if (errors.length > 0) return errors;
    // the two readings of the schema differ, which a test searches for; what the compiled one says is still true
    return (check.errors ?? []).map((e) => ({ pointer: e.instancePath, message: e.message ?? e.keyword }));
  };
}

function refuseUnknownKeywords(schema: WireSchema): void {
  for (const part of subschemas(schema)) {
    const unknown = Object.keys(part).find((keyword) => !WIRE_SCHEMA_KEYWORDS.has(keyword));
    if (unknown !== undefined) throw new Error(`schema keyword ${unknown} is not explained`);
  }
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
