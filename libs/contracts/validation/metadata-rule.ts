import { type FieldError, pointerToken } from '#domain';

const DEPTH_MAX = 8;
const TEXT_MAX = 10_000;
const UNSTORABLE = /[\0\p{Cs}]/u;

/** Metadata is kept as it is, so it must be something that can be stored: no NUL, no lone surrogates, not without bound. */
export function metadataRule(metadata: Readonly<Record<string, unknown>>, pointer: string): FieldError[] {
  const errors: FieldError[] = [];
  visit(metadata, pointer, 1, errors);
  if (errors.length === 0 && JSON.stringify(metadata).length > TEXT_MAX) {
    errors.push({ pointer, message: 'is too long', accepted: `metadata of at most ${TEXT_MAX} characters of JSON` });
  }
  return errors;
}

/** Stops at the first error: one is enough to look at the whole. */
function visit(value: unknown, pointer: string, depth: number, errors: FieldError[]): void {
  if (errors.length > 0) return;
  if (typeof value === 'string' && UNSTORABLE.test(value)) {
    errors.push({
      pointer,
      message: 'contains a character that cannot be stored',
      accepted: 'text without NUL and lone surrogates',
    });
  } else if (typeof value === 'number' && !Number.isFinite(value)) {
    errors.push({ pointer, message: 'is not finite', accepted: 'a finite number' });
  } else if (typeof value === 'object' && value !== null) {
    if (depth > DEPTH_MAX) {
      errors.push({ pointer, message: 'is nested too deeply', accepted: `at most ${DEPTH_MAX} levels` });
      return;
    }
    for (const [name, inner] of Object.entries(value)) {
      const place = `${pointer}/${pointerToken(name)}`;
      visit(name, place, depth + 1, errors);
      visit(inner, place, depth + 1, errors);
    }
  }
}
