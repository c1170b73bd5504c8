import type { FieldError } from '#domain';

export type BarFileFault = 'NOT_TEXT' | 'HEADER' | 'EMPTY' | 'TOO_LARGE';

/** A file of bars that cannot be read on, whatever its rows hold. */
export class BarFileError extends Error {
  override readonly name = 'BarFileError';

  constructor(
    readonly fault: BarFileFault,
    message: string,
    readonly errors: readonly FieldError[] = [],
  ) {
    super(message);
  }
}
