import { pointerToken } from '#domain';

/** Where a text stops being JSON: the pointer of the value that was being read, and the character offset. */
export interface JsonErrorPlace {
  readonly pointer: string;
  readonly offset: number;
}

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'comma-or-end' | 'nothing';

/** an object's current key, or an array's current index */
type Frame = { kind: 'object'; key: string } | { kind: 'array'; index: number };

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true\b|false\b|null\b|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const COLON = /[ \t\n\r]*:/y;
const SPACE = /[ \t\n\r]*/y;

/** Reads a text that JSON.parse refused, token by token, up to the place that is wrong. Linear in the text. */
export function locateJsonError(text: string): JsonErrorPlace {
  const frames: Frame[] = [];
  let expected: Expected = 'value';
  let at = 0;
  for (;;) {
    at = match(SPACE, text, at) ?? at;
    const next = step(text, at, expected, frames);
    if (next === undefined) return { pointer: pointerOf(frames), offset: at };
    [at, expected] = next;
  }
}

/** One token: where it ends and what may follow; undefined where the text is wrong. */
function step(text: string, at: number, expected: Expected, frames: Frame[]): [number, Expected] | undefined {
  const char = text[at];
  const frame = frames.at(-1);
  if ((expected === 'value-or-end' && char === ']') || (expected === 'key-or-end' && char === '}'))
    return leave(at, frames);
  if (expected === 'comma-or-end') {
    if (char === ',' && frame?.kind === 'array') {
      frame.index += 1;
      return [at + 1, 'value'];
    }
    if (char === ',' && frame?.kind === 'object') return [at + 1, 'key'];
    return (char === ']' && frame?.kind === 'array') || (char === '}' && frame?.kind === 'object')
      ? leave(at, frames)
      : undefined;
  }
  if (expected === 'key' || expected === 'key-or-end') return readKey(text, at, frame);
  return expected === 'nothing' ? undefined : readValue(text, at, frames);
}

function readKey(text: string, at: number, frame: Frame | undefined): [number, Expected] | undefined {
  const end = match(STRING, text, at);
  const colon = end === undefined ? undefined : match(COLON, text, end);
  if (end === undefined || colon === undefined || frame?.kind !== 'object') return undefined;
  frame.key = JSON.parse(text.slice(at, end)) as string;
  return [colon, 'value'];
}

function readValue(text: string, at: number, frames: Frame[]): [number, Expected] | undefined {
  if (text[at] === '{') {
    frames.push({ kind: 'object', key: '' });
    return [at + 1, 'key-or-end'];
  }
  if (text[at] === '[') {
    frames.push({ kind: 'array', index: 0 });
    return [at + 1, 'value-or-end'];
  }
  const end = match(STRING, text, at) ?? match(SCALAR, text, at);
  return end === undefined ? undefined : [end, frames.length === 0 ? 'nothing' : 'comma-or-end'];
}

function leave(at: number, frames: Frame[]): [number, Expected] {
  frames.pop();
  return [at + 1, frames.length === 0 ? 'nothing' : 'comma-or-end'];
}

function match(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const pointerOf = (frames: readonly Frame[]): string =>
  frames.map((f) => `/${f.kind === 'array' ? f.index : pointerToken(f.key)}`).join('');
