import type { FieldError } from '#domain';

/**
 * Every kind of refusal the HTTP interfaces answer with (RFC 9457). The names are stable: clients may branch on `type`,
 * which is the path `/problems/NAME` of the answering service, where the description below can be read.
 */
export const PROBLEMS = {
  'malformed-json': {
    status: 400,
    title: 'The body is not valid JSON',
    description: 'The body could not be parsed. JSON has no NaN, no Infinity, no comments and no trailing commas.',
  },
  'invalid-request': {
    status: 422,
    title: 'The request is not acceptable',
    description:
      'The request was understood, but fields of it are missing, unknown, of the wrong type or out of their bounds. `errors` names each by JSON pointer with what would be accepted.',
  },
  'invalid-header': {
    status: 400,
    title: 'A header is not acceptable',
    description: 'A request header has a value this service does not accept; `detail` says which and what it expects.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key was used with another body',
    description:
      'An Idempotency-Key names one request for good. Send the same body to hear the first answer again, or a new key for a new request.',
  },
  unauthenticated: {
    status: 401,
    title: 'Credentials are missing or unknown',
    description: 'Send an API key as `Authorization: Bearer KEY` or `X-API-Key: KEY`.',
  },
  forbidden: {
    status: 403,
    title: 'The credentials do not allow this',
    description: 'The API key is known but lacks the scope the call needs; `detail` names the scope.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    description: 'The address is served, but what it names does not exist.',
  },
  'unknown-route': {
    status: 404,
    title: 'There is no such address',
    description: 'No operation is served under this method and path. The reference page at /docs lists those that are.',
  },
  'not-acceptable': {
    status: 406,
    title: 'None of the accepted media types can be produced',
    description: 'The Accept header names only media types this operation does not produce.',
  },
  conflict: {
    status: 409,
    title: 'Somebody else changed it at the same time',
    description: 'Concurrent writes to the same thing collided more often than is retried. Try again.',
  },
  finished: {
    status: 409,
    title: 'It is finished already',
    description: 'What was to be changed is done or cancelled; `detail` says which. Nothing was stored.',
  },
  'not-reproducible': {
    status: 409,
    title: 'The engine that runs here decides otherwise',
    description:
      'The coordination was decided by another engine version, whose answer this one does not give. What was decided is recorded and unchanged.',
  },
  'log-altered': {
    status: 500,
    title: 'The log is not what it was',
    description:
      'Recorded events do not have the hashes they were recorded with. `coordination verify` names the first such event.',
  },
  'archive-unreadable': {
    status: 503,
    title: 'Archived events cannot be read',
    description:
      'Events were moved to a file that is not there, cannot be read, or does not hold them as they were; `detail` names it. Put the file back where it was, or name its folder with EVENT_ARCHIVE_DIR.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is over the limit',
    description: 'The body is longer than MAX_BODY_BYTES (32 MiB unless configured otherwise).',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type is not supported',
    description: 'Bodies are application/json.',
  },
  'bad-request': {
    status: 400,
    title: 'The request is not valid HTTP for this service',
    description: 'The request could not be read; `detail` says why.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    description: 'A defect of the service. The log has the details under the same request id.',
  },
  overloaded: {
    status: 503,
    title: 'Too much work is waiting',
    description: 'The queue of this process is full; nothing was stored. Retry-After says when to try again.',
  },
  'storage-unavailable': {
    status: 503,
    title: 'The database cannot serve now',
    description:
      'It is away, full or out of connections; `detail` says which. Nothing acknowledged is lost. Try again after Retry-After under the same Idempotency-Key.',
  },
  'not-ready': {
    status: 503,
    title: 'The service is not ready',
    description: 'A server it needs does not answer, a read model is behind, or the process is shutting down.',
  },
} as const satisfies Readonly<
  Record<string, { readonly status: number; readonly title: string; readonly description: string }>
>;

export type ProblemName = keyof typeof PROBLEMS;

export const problemType = (name: ProblemName): string => `/problems/${name}`;

/** `application/problem+json` */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** the path that was asked for */
  readonly instance: string;
  readonly request_id: string;
  readonly errors?: readonly FieldError[];
}
