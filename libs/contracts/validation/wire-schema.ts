/** The part of JSON Schema 2020-12 that the schemas here are written in. */
export interface WireSchema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, WireSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | WireSchema;
  readonly propertyNames?: WireSchema;
  readonly maxProperties?: number;
  readonly items?: WireSchema;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: 'date-time' | 'date';
  readonly enum?: readonly (string | number)[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** Keys of WireSchema; a schema that uses another one is refused when it is compiled. */
export const WIRE_SCHEMA_KEYWORDS: ReadonlySet<string> = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'maxProperties',
  'items',
  'maxItems',
  'uniqueItems',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'enum',
  'title',
  'description',
  'default',
  'examples',
] satisfies readonly (keyof WireSchema)[]);

/** A schema and every schema within it. */
export function* subschemas(schema: WireSchema): Generator<WireSchema> {
  yield schema;
  const { properties = {}, items, additionalProperties, propertyNames } = schema;
  for (const inner of [...Object.values(properties), items, additionalProperties, propertyNames]) {
    if (typeof inner === 'object') yield* subschemas(inner);
  }
}
