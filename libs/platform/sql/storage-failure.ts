import { asSqlFailure } from './sql-error.js';

const REPEAT = 'Whether anything was stored is not known: repeat it under the same Idempotency-Key.';

/** What Node says of a connection that cannot be had or broke. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
/** What pg says of one, without a code. */
const CONNECTION_MESSAGES =
  /^Connection terminated|^Client has encountered a connection error|^timeout (expired|exceeded when trying to connect)$/;

/**
 * One sentence for a client where it is the database that cannot serve now, and not the request or this program that is
 * wrong; null for any other error. Names no address.
 */
export function storageFailure(error: unknown): string | null {
  const code = asSqlFailure(error)?.code ?? '';
  if (code === '53100') return 'The disk of the database is full. Nothing of this request was stored.';
  // out of memory, too many connections; a password changed meanwhile; a standby that takes no writes
  if (/^(53|28)/.test(code) || code === '25006')
    return `The database takes no work now (SQLSTATE ${code}). Nothing of this request was stored.`;
  // connection exceptions; shutting down or starting up; errors of the system below it
  if (/^(08|57P0|58)/.test(code)) return `The database went away in the middle (SQLSTATE ${code}). ${REPEAT}`;
  return isConnectionFailure(error) ? `The database does not answer. ${REPEAT}` : null;
}

function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return (code !== undefined && CONNECTION_CODES.has(code)) || CONNECTION_MESSAGES.test(error.message);
}
