/** One sentence for the operator that names the server and what to mend, and never the password. */
export function describeConnectionFailure(url: string, error: unknown): string {
  const address = parseAddress(url);
  if (address === null) return 'The Postgres URL is not of the form postgres://user:password@host:port/database.';
  const { host, user, database } = address;
  const code = failureCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  if (code === '28P01' || code === '28000') return `Postgres at ${host} refused the user ${user} or the password.`;
  if (code === '3D000') return `Postgres at ${host} has no database ${database}.`;
  if (code === '53300') return `Postgres at ${host} has no connection left for us (max_connections).`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `The Postgres host ${host} cannot be found.`;
  if (code === 'ECONNREFUSED') return `Postgres at ${host} cannot be reached: connection refused.`;
  if (/timeout/i.test(reason)) return `Postgres at ${host} cannot be reached: no answer in time.`;
  return `Postgres at ${host} cannot be used: ${reason}.`;
}

/** Node tries every address of a host name and reports an AggregateError whose own message is empty. */
function failureCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function parseAddress(url: string): { host: string; user: string; database: string } | null {
  try {
    const { hostname, port, username, pathname } = new URL(url);
    return {
      host: `${hostname || 'localhost'}:${port || '5432'}`,
      user: decodeURIComponent(username),
      database: decodeURIComponent(pathname.slice(1)),
    };
  } catch {
    return null;
  }
}
