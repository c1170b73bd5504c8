/** What a database said went wrong, the same for every adapter; https://www.postgresql.org/docs/current/errcodes-appendix.html */
export interface SqlFailure {
  /** SQLSTATE, five characters */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly constraint?: string;
}

/** null where the error did not come from a database */
export function asSqlFailure(error: unknown): SqlFailure | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const { code, message, detail, constraint } = error as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return null;
  return {
    code,
    message: String(message),
    ...(typeof detail === 'string' && { detail }),
    ...(typeof constraint === 'string' && { constraint }),
  };
}
