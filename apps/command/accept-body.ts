import type { FieldError } from '#domain';
import { describeErrors, ProblemException } from '#platform';

/** The body as what its validator has found it to be. @throws ProblemException with a pointer to each error */
export function acceptBody<T>(body: unknown, validate: (body: unknown) => readonly FieldError[]): T {
  const errors = validate(body);
  if (errors.length > 0) throw new ProblemException('invalid-request', { detail: describeErrors(errors), errors });
  return body as T;
}
