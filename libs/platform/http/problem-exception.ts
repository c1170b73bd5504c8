import { HttpException } from '@nestjs/common';
import { PROBLEMS, type ProblemDocument, type ProblemName, problemType } from '#contracts';
import type { FieldError, Rejection } from '#domain';

export interface ProblemDetails {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** seconds, sent as Retry-After */
  readonly retryAfter?: number;
  /** further members of the problem document */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Throw it anywhere in a request: the filter answers it as an RFC 9457 document. */
export class ProblemException extends HttpException {
  constructor(
    readonly problem: ProblemName,
    readonly details: ProblemDetails = {},
  ) {
    super(details.detail ?? PROBLEMS[problem].title, PROBLEMS[problem].status, { cause: details.cause });
  }

  toDocument(context: { readonly instance: string; readonly requestId: string }): ProblemDocument {
    const { status, title, description } = PROBLEMS[this.problem];
    return {
      type: problemType(this.problem),
      title,
      status,
      detail: this.details.detail ?? description,
      instance: context.instance,
      request_id: context.requestId,
      ...(this.details.errors ? { errors: this.details.errors } : {}),
      ...this.details.extensions,
    };
  }
}

const PROBLEM_OF_REJECTION: Partial<Readonly<Record<Rejection['code'], ProblemName>>> = {
  NOT_FOUND: 'not-found',
  FINISHED: 'finished',
};

/** A refusal of the domain as the problem a client meets. `prefix` is the place of the request within a larger body. */
export function problemOfRejection(rejection: Rejection, prefix = ''): ProblemException {
  const name = PROBLEM_OF_REJECTION[rejection.code] ?? 'invalid-request';
  return new ProblemException(name, {
    detail: rejection.message,
    extensions: { code: rejection.code },
    ...(rejection.errors ? { errors: prefixErrors(rejection.errors, prefix) } : {}),
  });
}

export function prefixErrors(errors: readonly FieldError[], prefix: string): readonly FieldError[] {
  return prefix === '' ? errors : errors.map((error) => ({ ...error, pointer: `${prefix}${error.pointer}` }));
}
