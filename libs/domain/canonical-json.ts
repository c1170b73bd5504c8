/**
 * The JSON Canonicalization Scheme, RFC 8785: no white space, members sorted by the UTF-16 code units of their names,
 * numbers and strings as ECMAScript serializes them. The same value gives the same text everywhere, so it can be hashed.
 * Members that are undefined are left out, as in JSON.stringify.
 * @throws TypeError with a JSON pointer where the value is not JSON: NaN, infinities, lone surrogates, functions, bigints
 */
export function canonicalJson(value: unknown): string {
  try {
    return serialize(value);
  } catch (error) {
    // where it is is looked for only now: building pointers on the way would take longer than the text itself
    throw error instanceof NotJson ? new TypeError(faultIn(value, '') ?? error.message) : error;
  }
}

/**
 * Whether the text is the canonical JSON of the value, without making that: several times faster than to compare it.
 * False too where the value is not JSON.
 */
export function isCanonicalJson(text: string, value: unknown): boolean {
  return endIn(text, 0, value) === text.length;
}

/** Where the value's text ends that begins here; -1 where it does not. */
function endIn(text: string, at: number, value: unknown): number {
  if (typeof value === 'string') return endOfString(text, at, value);
  if (typeof value !== 'object' || value === null) return endOfScalar(text, at, value);
  return Array.isArray(value) ? endOfArray(text, at, value) : endOfObject(text, at, value);
}

function endOfString(text: string, at: number, value: string): number {
  if (!PLAIN.test(value)) return isWellFormed(value) ? endOf(text, at, JSON.stringify(value)) : -1;
  const end = at + value.length + 1;
  const found = text.charCodeAt(at) === QUOTE && text.charCodeAt(end) === QUOTE && text.startsWith(value, at + 1);
  return found ? end + 1 : -1;
}

function endOfScalar(text: string, at: number, value: unknown): number {
  const isJson = value === null || typeof value === 'boolean' || Number.isFinite(value);
  return isJson ? endOf(text, at, String(value)) : -1;
}

function endOfArray(text: string, at: number, values: readonly unknown[]): number {
  if (text.charCodeAt(at) !== 0x5b) return -1;
  let end = at + 1;
  for (let index = 0; index < values.length; index++) {
    if (index > 0 && text.charCodeAt(end++) !== COMMA) return -1;
    end = endIn(text, end, values[index]);
    if (end < 0) return -1;
  }
  return text.charCodeAt(end) === 0x5d ? end + 1 : -1;
}

function endOfObject(text: string, at: number, value: object): number {
  const members = value as Readonly<Record<string, unknown>>;
  if (text.charCodeAt(at) !== 0x7b) return -1;
  let end = at + 1;
  for (const name of sortedNames(members)) {
    const member = members[name];
    if (member === undefined) continue;
    if (end > at + 1 && text.charCodeAt(end++) !== COMMA) return -1;
    end = endOf(text, end, serializedName(name));
    if (end < 0) return -1;
    end = endIn(text, end, member);
    if (end < 0) return -1;
  }
  return text.charCodeAt(end) === 0x7d ? end + 1 : -1;
}

const endOf = (text: string, at: number, part: string): number => (text.startsWith(part, at) ? at + part.length : -1);

const QUOTE = 0x22;
const COMMA = 0x2c;

class NotJson extends Error {}

function serialize(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return serializeString(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotJson();
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? serializeArray(value) : serializeObject(value);
    default:
      throw new NotJson();
  }
}

/** what needs no escape, which is nearly everything */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function serializeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!isWellFormed(text)) throw new NotJson();
  return JSON.stringify(text);
}

function serializeArray(values: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ',';
    text += serialize(values[index]);
  }
  return `${text}]`;
}

function serializeObject(value: object): string {
  const members = value as Readonly<Record<string, unknown>>;
  let text = '{';
  for (const name of sortedNames(members)) {
    const member = members[name];
    if (member === undefined) continue;
    if (text.length > 1) text += ',';
    text += serializedName(name);
    text += serialize(member);
  }
  return `${text}}`;
}

/** up to so many names are sorted by insertion, which beats the general sort for the few that most objects have */
const FEW_NAMES = 24;

/** By UTF-16 code units, as both `>` and a sort without a comparison function compare. */
function sortedNames(members: object): string[] {
  const names = Object.keys(members);
  if (names.length > FEW_NAMES) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i] as string;
    let j = i - 1;
    for (; j >= 0 && (names[j] as string) > name; j--) names[j + 1] = names[j] as string;
    names[j + 1] = name;
  }
  return names;
}

const SERIALIZED_MAX = 4_096;
const serializedNames = new Map<string, string>();

/** Member names repeat: each is serialized once. */
function serializedName(name: string): string {
  let text = serializedNames.get(name);
  if (text === undefined) {
    text = `${serializeString(name)}:`;
    if (serializedNames.size >= SERIALIZED_MAX) serializedNames.clear();
    serializedNames.set(name, text);
  }
  return text;
}

/** encodeURIComponent and String.prototype.isWellFormed know this too; one throws URIErrors, the other is newer than our language level. */
function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

/** The first thing in it that is not JSON, in the order of the text, as a sentence. */
function faultIn(value: unknown, pointer: string): string | undefined {
  if (typeof value === 'string') {
    return isWellFormed(value) ? undefined : `The text at '${pointer}' holds half of a surrogate pair.`;
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value} at '${pointer}' is not JSON.`;
  if (typeof value === 'boolean' || value === null) return undefined;
  if (typeof value !== 'object') return `A value of type ${typeof value} at '${pointer}' is not JSON.`;
  const members = value as Readonly<Record<string, unknown>>;
  const inMember = (name: string): string | undefined => {
    const child = `${pointer}/${name}`;
    return members[name] === undefined ? undefined : (faultIn(name, child) ?? faultIn(members[name], child));
  };
  if (!Array.isArray(value)) return first(sortedNames(value), inMember);
  return first([...value.keys()], (index) => faultIn(value[index], `${pointer}/${index}`));
}

function first<T>(items: readonly T[], faultOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
