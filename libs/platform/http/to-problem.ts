import { HttpException, type ValidationError } from '@nestjs/common';
import type { ProblemName } from '#contracts';
import { type FieldError, pointerToken } from '#domain';
import { OperatorError } from '../operator-error.js';
import { storageFailure } from '../sql/storage-failure.js';
import { ProblemException } from './problem-exception.js';

/** What Fastify and Nest throw carries a status and, from Fastify, a stable code. */
interface ErrorLike {
  readonly message: string;
  readonly code?: unknown;
  readonly statusCode?: unknown;
}

const PROBLEM_OF_FASTIFY_CODE: Readonly<Record<string, ProblemName>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed-json',
};

const PROBLEM_OF_STATUS: Readonly<Record<number, ProblemName>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  406: 'not-acceptable',
  409: 'conflict',
  413: 'body-too-large',
  415: 'unsupported-media-type',
  422: 'invalid-request',
  503: 'not-ready',
};

const RETRY_AFTER_SECONDS = 1;

/** Whatever was thrown, as the problem to answer. Only what a client may know gets into `detail`. */
export function toProblem(thrown: unknown): ProblemException {
  if (thrown instanceof ProblemException) return thrown;
  if (thrown instanceof HttpException) return ofHttpException(thrown);
  // a sentence for whoever runs the service; until they have mended it another process may do better
  if (thrown instanceof OperatorError) {
    return new ProblemException('not-ready', {
      detail: thrown.message,
      retryAfter: RETRY_AFTER_SECONDS,
      cause: thrown,
    });
  }
  const storage = storageFailure(thrown);
  if (storage !== null) {
    return new ProblemException('storage-unavailable', {
      detail: storage,
      retryAfter: RETRY_AFTER_SECONDS,
      cause: thrown,
    });
  }
  if (isErrorLike(thrown)) return ofFastifyError(thrown);
  return new ProblemException('internal-error', { cause: thrown });
}

function ofHttpException(exception: HttpException): ProblemException {
  const status = exception.getStatus();
  // Nest words the unknown route itself: "Cannot GET /path"
  if (status === 404 && exception.message.startsWith('Cannot ')) {
    return new ProblemException('unknown-route', { detail: `${exception.message}: no such operation is served here.` });
  }
  const name = PROBLEM_OF_STATUS[status] ?? (status < 500 ? 'bad-request' : 'internal-error');
  return new ProblemException(name, {
    cause: exception,
    ...(name === 'internal-error' ? {} : { detail: exception.message }),
  });
}

function ofFastifyError(error: ErrorLike): ProblemException {
  const known = typeof error.code === 'string' ? PROBLEM_OF_FASTIFY_CODE[error.code] : undefined;
  if (known !== undefined) return new ProblemException(known, { detail: error.message, cause: error });
  const status = typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 400 && status < 500) {
    return new ProblemException(PROBLEM_OF_STATUS[status] ?? 'bad-request', { detail: error.message, cause: error });
  }
  return new ProblemException('internal-error', { cause: error });
}

const isErrorLike = (thrown: unknown): thrown is ErrorLike =>
  typeof thrown === 'object' && thrown !== null && 'message' in thrown && typeof thrown.message === 'string';

/** For Nest's ValidationPipe: class-validator's findings as pointers. Query parameters have no body, so the root is theirs. */
export function problemOfValidation(findings: readonly ValidationError[]): ProblemException {
  const errors = findings.flatMap((finding) => fieldErrors(finding, ''));
  return new ProblemException('invalid-request', { detail: describeErrors(errors), errors });
}

function fieldErrors(finding: ValidationError, parent: string): FieldError[] {
  const pointer = `${parent}/${pointerToken(finding.property)}`;
  const own = Object.values(finding.constraints ?? {}).map((message) => ({ pointer, message }));
  return [...own, ...(finding.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

/** One sentence for `detail`: the first finding, and how many more there are. */
export function describeErrors(errors: readonly FieldError[]): string {
  const [first] = errors;
  if (first === undefined) return 'The request is not acceptable.';
  const where = first.pointer === '' ? 'The body' : first.pointer;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${where}: ${first.message}${more}`;
}
