import type { FastifyInstance } from 'fastify';
import { locateJsonError } from './locate-json-error.js';
import { ProblemException } from './problem-exception.js';

/** Bodies are JSON and nothing else. A malformed one is refused with the place where it stops being JSON. */
export function parseJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, parseJson(text));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Throws a ProblemException. A key named `__proto__` is refused: it has no honest use and a dishonest one. */
export function parseJson(text: string): unknown {
  if (text.trim() === '')
    throw new ProblemException('malformed-json', { detail: 'The body is empty; JSON was expected.' });
  try {
    return PROTOTYPE_KEY.test(text) ? JSON.parse(text, refusePrototype) : JSON.parse(text);
  } catch (error) {
    if (error instanceof ProblemException) throw error;
    throw problemOfSyntax(text);
  }
}

/** the key in any spelling; a cheap look at the text, since a reviver costs many times the parsing */
const PROTOTYPE_KEY =
  /"(?:_|\\u005[Ff]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[Ff])(?:t|\\u0074)(?:o|\\u006[Ff])(?:_|\\u005[Ff]){2}"\s*:/;

function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__')
    throw new ProblemException('malformed-json', { detail: 'The key "__proto__" is not accepted.' });
  return value;
}

/** Says where in the text, and within which value, it stops being JSON. */
function problemOfSyntax(text: string): ProblemException {
  const { pointer, offset } = locateJsonError(text);
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  const rest = text.slice(offset, offset + 40);
  const found = rest === '' ? 'the end of the body' : JSON.stringify(/^[\w.+-]{1,40}|^./s.exec(rest)?.[0] ?? rest);
  const message = `is not JSON at line ${line}, column ${column}: found ${found}`;
  return new ProblemException('malformed-json', {
    detail: `The body ${message}.`,
    errors: [{ pointer, message, accepted: 'JSON; its numbers are finite: there is no NaN and no Infinity' }],
  });
}
