import type { FieldError } from '#domain';
import { ERRORS_MAX } from './explain.js';

/** Names that were used before, each at its own place. */
export function repeats(names: readonly string[], pointerOf: (index: number) => string): FieldError[] {
  const first = new Map<string, number>();
  const errors: FieldError[] = [];
  names.forEach((name, i) => {
    const before = first.get(name);
    if (before === undefined) first.set(name, i);
    else if (errors.length < ERRORS_MAX) {
      errors.push({
        pointer: pointerOf(i),
        message: `repeats ${JSON.stringify(name)}, which is at index ${before} already`,
        accepted: 'each name once',
      });
    }
  });
  return errors;
}
