import type { TSchema } from 'typebox';

/**
 * Schemas are written in place, one within the other; documents name each titled one once and refer to it.
 * @param base what comes before a name in a reference, such as `#/components/schemas/`
 * @returns the schemas by title, every titled part of them included, in plain JSON
 */
export function withReferences(schemas: readonly TSchema[], base: string): Record<string, object> {
  const named: Record<string, object> = {};
  const replace = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map((item) => replace(item));
    if (typeof part !== 'object' || part === null) return part;
    const title = 'title' in part && typeof part.title === 'string' ? part.title : undefined;
    if (title === undefined) return copy(part);
    named[title] ??= copy(part);
    return { $ref: `${base}${title}` };
  };
  const copy = (part: object): object =>
    Object.fromEntries(Object.entries(part).map(([key, value]) => [key, replace(value)]));
  for (const schema of schemas) replace(schema);
  return named;
}
