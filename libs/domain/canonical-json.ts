/**
 * The JSON Canonicalization Scheme, RFC 8785: no white space, members sorted by the UTF-16 code units of their names,
 * numbers and strings as ECMAScript serializes them. The same value gives the same text everywhere, so it can be hashed.
 * Members that are undefined are left out, as in JSON.stringify.
 * @throws TypeError with a JSON pointer where the value is not JSON: NaN, infinities, lone surrogates, functions, bigints
 */
export function canonicalJson(value: unknown): string {
  return serialize(value, '');
}

function serialize(value: unknown, pointer: string): string {
  switch (typeof value) {
    case 'string':
      return serializeString(value, pointer);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} at '${pointer}' is not JSON.`);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? serializeArray(value, pointer) : serializeObject(value, pointer);
    default:
      throw new TypeError(`A value of type ${typeof value} at '${pointer}' is not JSON.`);
  }
}

function serializeString(text: string, pointer: string): string {
  if (!isWellFormed(text)) throw new TypeError(`The text at '${pointer}' holds half of a surrogate pair.`);
  return JSON.stringify(text);
}

function serializeArray(values: readonly unknown[], pointer: string): string {
  let text = '[';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ',';
    text += serialize(values[index], `${pointer}/${index}`);
  }
  return `${text}]`;
}

function serializeObject(value: object, pointer: string): string {
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  // without a comparison function, sort compares UTF-16 code units
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member === undefined) continue;
    const child = `${pointer}/${name}`;
    text += `${text === '' ? '' : ','}${serializeString(name, child)}:${serialize(member, child)}`;
  }
  return `{${text}}`;
}

/** encodeURIComponent and String.prototype.isWellFormed know this too; one throws URIErrors, the other is newer than our language level. */
function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
