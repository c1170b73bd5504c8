/** What the shell is told. Documented in `coordination --help`. */
export const EXIT = {
  done: 0,
  /** it could not be done: a file that is not there, a service that does not answer, a failure inside */
  failed: 1,
  /** what was given is not valid: the command line, a file, a request, a problem document */
  invalid: 2,
  /** it was done, and what was compared is not the same: recorded bytes that are not given again, or were changed */
  different: 3,
} as const;

export interface InvalidPart {
  /** JSON pointer into the document */
  readonly pointer: string;
  readonly message: string;
}

/** A command that ends with a sentence for the person, and not with a stack. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';

  constructor(
    message: string,
    readonly exitCode: (typeof EXIT)['failed' | 'invalid' | 'different'] = EXIT.failed,
    readonly errors: readonly InvalidPart[] = [],
  ) {
    super(message);
  }
}

/** The failure as text for standard error: the sentence, then one line for each place in the document. */
export function failureText(failure: CommandFailure): string {
  const places = failure.errors.map(
    ({ pointer, message }) => `  ${pointer === '' ? '(document)' : pointer}: ${message}`,
  );
  return [`coordination: ${failure.message}`, ...places, ''].join('\n');
}
