/** A refusal is a value: what was asked cannot be done, and why. A bug throws. */
export interface Rejection {
  readonly rejected: true;
  readonly code: RejectionReason;
  readonly message: string;
  /** JSON pointers into the request, with what would be accepted there */
  readonly errors?: readonly FieldError[];
}

export interface FieldError {
  readonly pointer: string;
  readonly message: string;
  readonly accepted?: string;
}

/** A name as it stands in a JSON pointer (RFC 6901). */
export const pointerToken = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

export type RejectionReason =
  | 'INVALID_REQUEST'
  | 'UNKNOWN_CONFIGURATION'
  | 'CONFIGURATION_DISABLED'
  | 'UNKNOWN_PORTFOLIO'
  | 'MISSING_PRICE'
  | 'FINISHED'
  | 'INVALID_FILLS'
  | 'INVALID_CANCEL'
  | 'INVALID_MARKET_UPDATE'
  | 'NO_SESSION_LEFT'
  | 'NOT_FOUND';

export const reject = (code: RejectionReason, message: string, errors?: readonly FieldError[]): Rejection => ({
  rejected: true,
  code,
  message,
  ...(errors ? { errors } : {}),
});

export const isRejection = (value: unknown): value is Rejection =>
  typeof value === 'object' && value !== null && (value as { rejected?: unknown }).rejected === true;
