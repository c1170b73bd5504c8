/** The part of a JSON Schema that the reference pages show. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

/** What a value may be, in a few words. */
export function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return `\`${schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)}\``;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}`;
  if (schema.format !== undefined) return schema.format;
  return schema.type === undefined ? 'any' : [schema.type].flat().join(' or ');
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;
